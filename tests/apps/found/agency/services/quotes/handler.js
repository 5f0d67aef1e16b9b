'use strict';

module.exports.quote = async (event) => ({
  statusCode: 200,
  body: JSON.stringify({ customer: event.pathParameters.customer, price: 100 }),
});
