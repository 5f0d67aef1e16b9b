exports.handler = async (event) => {
  for (const record of event.Records ?? []) {
    console.log(`noticed ${record.dynamodb.Keys.id.S}`);
  }
};
