// Is told of audits that failed.
exports.handler = async (record) => {
  console.log('noticed', record.requestContext.condition, record.responsePayload.errorMessage);
};
