const { files } = require('../../lib/files');

exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ files: files() }) });
