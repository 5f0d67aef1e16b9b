import version from 'virtual:version';

export const handler = async () => ({ statusCode: 200, body: version });
