// What an application does with ioredis: argv[2] is {port, password, tls, cluster}; prints what it saw as JSON.
import Redis from 'ioredis';

const { port, password, tls, cluster } = JSON.parse(process.argv[2]);
const options = { password, tls: tls ? {} : undefined };
const make = () =>
  cluster
    ? new Redis.Cluster([{ host: '127.0.0.1', port }], { redisOptions: options, dnsLookup: (name, done) => done(null, name) })
    : new Redis({ host: '127.0.0.1', port, ...options });

const seen = {};
const client = make();
client.on('error', (error) => {
  console.error(String(error));
  process.exit(1);
});
await new Promise((resolve) => client.once('ready', resolve));
seen.set = await client.set('ioredis:{a}', 'grün\r\n', 'EX', 60);
seen.get = await client.get('ioredis:{a}');
seen.pipeline = (await client.pipeline().incr('n:{a}').incr('n:{a}').get('n:{a}').exec()).map(([, value]) => value);
seen.multi = (await client.multi().set('m:{a}', '1').incr('m:{a}').exec()).map(([, value]) => value);
client.defineCommand('twice', { numberOfKeys: 1, lua: "return {KEYS[1], ARGV[1] .. ARGV[1]}" });
seen.script = await client.twice('k:{a}', 'ab');
seen.again = await client.twice('k:{a}', 'cd');
await client.hset('h:{a}', { one: '1', two: '2' });
seen.hash = await client.hgetall('h:{a}');
const popped = client.duplicate ? client.duplicate() : make();
const waiting = popped.blpop('list:{a}', 5);
await client.rpush('list:{a}', 'item');
seen.blocked = await waiting;
const listener = make();
const heard = new Promise((resolve) => listener.on('message', (channel, message) => resolve([channel, message])));
await listener.subscribe('news');
await client.publish('news', 'hello');
seen.heard = await heard;
seen.missing = await client.get('nothing:{a}');
try {
  await client.call('CONFIG', 'GET', 'maxmemory');
} catch (error) {
  seen.kept = error.message.toLowerCase().includes("unknown command");
}
await client.del('n:{a}', 'm:{a}', 'h:{a}');
for (const each of [popped, listener, client]) each.disconnect();
console.log(JSON.stringify(seen));
