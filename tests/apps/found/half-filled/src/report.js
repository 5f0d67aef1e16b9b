exports.whole = async (event) => ({
  statusCode: 200,
  body: JSON.stringify({ id: event.pathParameters.id, operation: event.requestContext.operationName }),
});

exports.rows = awslambda.streamifyResponse(async (event, stream) => {
  const rows = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { 'content-type': 'text/csv' } });
  for (const row of [1, 2, 3]) rows.write(`${event.pathParameters.id},${row}\n`);
  rows.end();
});

exports.gate = async (event) => ({
  principalId: 'reader',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }],
  },
});
