// What an application does with node-redis: argv[2] is {port, password, tls, cluster, resp}; prints what it saw as JSON.
import { createClient, createCluster, defineScript } from 'redis';

const { port, password, tls, cluster, resp } = JSON.parse(process.argv[2]);
const twice = defineScript({
  NUMBER_OF_KEYS: 1,
  FIRST_KEY_INDEX: 0,
  SCRIPT: 'return {KEYS[1], ARGV[1] .. ARGV[1]}',
  parseCommand(parser, key, word) {
    parser.pushKey(key);
    parser.push(word);
  },
  transformReply: (reply) => reply,
});
const url = `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`;
const shared = { scripts: { twice }, RESP: resp };
const client = cluster
  ? createCluster({ rootNodes: [{ url }], defaults: { password, socket: { tls } }, ...shared })
  : createClient({ url, password, ...shared });
client.on('error', (error) => {
  console.error(String(error));
  process.exit(1);
});
await client.connect();

const seen = {};
seen.set = await client.set('node:{a}', 'grün\r\n', { EX: 60 });
seen.get = await client.get('node:{a}');
seen.pipeline = await Promise.all([client.incr('n:{a}'), client.incr('n:{a}'), client.get('n:{a}')]);
seen.multi = await client.multi().set('m:{a}', '1').incr('m:{a}').exec();
seen.script = await client.twice('k:{a}', 'ab');
seen.again = await client.twice('k:{a}', 'cd');
await client.hSet('h:{a}', { one: '1', two: '2' });
seen.hash = { ...(await client.hGetAll('h:{a}')) };
const other = cluster ? client.duplicate() : client.duplicate();
await other.connect();
const waiting = other.blPop('list:{a}', 5);
await client.rPush('list:{a}', 'item');
const { key, element } = await waiting;
seen.blocked = [key, element];
let told;
const heard = new Promise((resolve) => (told = resolve));
const listener = client.duplicate();
await listener.connect();
await listener.subscribe('news', (message, channel) => told([channel, message]));
await client.publish('news', 'hello');
seen.heard = await heard;
seen.missing = await client.get('nothing:{a}');
try {
  const words = ['CONFIG', 'GET', 'maxmemory'];
  await (cluster ? client.sendCommand(undefined, true, words) : client.sendCommand(words));
} catch (error) {
  seen.kept = error.message.toLowerCase().includes('unknown command');
}
await client.del(['n:{a}', 'm:{a}', 'h:{a}']);
for (const each of [other, listener, client]) each.destroy();
console.log(JSON.stringify(seen));
