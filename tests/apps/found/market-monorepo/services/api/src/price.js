const { priceOf } = require('@market/prices');

exports.handler = async (event) => {
  const { fruit } = event.pathParameters;
  const cents = priceOf(fruit);
  if (cents === undefined) {
    return { statusCode: 404, body: JSON.stringify({ message: `no price for ${fruit}` }) };
  }
  return { statusCode: 200, body: JSON.stringify({ fruit, cents }) };
};
