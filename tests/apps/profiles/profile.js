// The same in Node: ioredis with `tls: {}`, as AWS's examples have it.
const Redis = require('ioredis');

const sessions = new Redis({ host: process.env.REDIS_HOST, port: process.env.REDIS_PORT });
const secure = new Redis({ host: process.env.SECURE_HOST, port: process.env.SECURE_PORT, tls: {} });

exports.nodeHandler = async (event) => {
  if (event.set) await sessions.set('profile', event.set);
  await secure.set('seen', 'node');
  return { profile: await sessions.get('profile'), seen: await secure.get('seen') };
};
