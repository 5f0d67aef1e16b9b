// Tells of every order that was written down, in the words of the layer.
const { worded } = require('wording');

exports.handler = async (event) => {
  for (const record of event.Records) {
    const { id, total } = record.dynamodb.NewImage;
    if (total.N === '13') throw new Error(`nobody announces ${id.S}`);
    console.log(worded(id.S), 'edition', 1);
  }
};
