const json = (statusCode, body, headers = {}) => ({ statusCode, headers, body: JSON.stringify(body) });

module.exports.list = async (event) =>
  json(200, { path: event.path, account: process.env.ACCOUNT }, { 'Access-Control-Allow-Origin': '*' });

module.exports.create = async (event) => {
  const { claims, principalId } = event.requestContext.authorizer;
  return json(201, { by: claims ? claims.email : principalId, path: event.requestContext.path });
};

module.exports.admin = (event, context, callback) => callback(null, json(202, { id: event.pathParameters.id }));

module.exports.report = async (event) => json(200, { path: event.rawPath });
