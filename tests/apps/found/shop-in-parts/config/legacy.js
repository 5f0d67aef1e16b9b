// Written for version 1, where functions got the whole framework.
module.exports = (serverless) => {
  serverless.cli.consoleLog(`contact of ${serverless.service.service}`);
  const { stage } = serverless.service.provider;
  return { contact: `${serverless.service.service}-${stage}@example.com` };
};
