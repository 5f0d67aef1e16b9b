const { files } = require('../../lib/files');
const greet = require('../../lib/mails/greeting');
const text = require('/opt/nodejs/mail-text');

exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ files: files(), mail: greet(text.wrap('hello')) }) });
