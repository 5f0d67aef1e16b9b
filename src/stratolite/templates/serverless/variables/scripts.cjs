// Evaluates JavaScript and TypeScript files for `scripts.py`: one JSON document a line over two descriptors.
const fs = require('fs'), path = require('path'), readline = require('readline'), { pathToFileURL } = require('url');
const [input, output] = process.argv.slice(2, 4).map(Number);
const TYPESCRIPT = /\.[cm]?ts$/;

const send = (message) => {
  let rest = Buffer.from(JSON.stringify(message) + '\n');
  while (rest.length) {
    try { rest = rest.subarray(fs.writeSync(output, rest)); }
    catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
};

const waiting = new Map();
let asked = 0;
const ask = (message) => new Promise((done, fail) => {
  waiting.set(++asked, { done, fail });
  send({ ...message, ask: asked });
});

// What functions are called with: version 3 gives `options` and the two that resolve, versions 1 and 2 gave the whole
// framework, of which files read the service, the options and where it lies, and in which they log.
const context = {
  resolveVariable: (text) => ask({ variable: text }),
  resolveConfigurationProperty: (keys) => ask({ property: keys }),
};
const begin = ({ options, service }) => {
  const log = (...words) => console.error(...words), folder = process.cwd();
  const provider = {
    getStage: () => service.provider.stage, getRegion: () => service.provider.region, naming: {}, options,
  };
  Object.assign(context, {
    options, service, log, processedInput: { commands: [], options }, variables: { options, service },
    cli: { log, consoleLog: log, debug: () => {} }, config: { serviceDir: folder, servicePath: folder },
    serviceDir: folder, servicePath: folder, getProvider: () => provider, providers: { aws: provider },
  });
};

let readsTypescript = null;
const load = async (file) => {
  if (TYPESCRIPT.test(file)) {
    if (readsTypescript === null) readsTypescript = require('./typescript.cjs').register(process.cwd(), process.argv[4]);
    if (!readsTypescript && !process.features.typescript)
      throw new Error("Cannot find module 'typescript', or esbuild or @swc/core: one of them has to be in node_modules to read TypeScript");
  }
  let value;
  if (file.endsWith('.mjs') || (TYPESCRIPT.test(file) && !readsTypescript)) value = await import(pathToFileURL(file));
  else {
    try { value = require(file); }
    catch (error) { if (error.code !== 'ERR_REQUIRE_ESM') throw error; value = await import(pathToFileURL(file)); }
  }
  const isModule = value && (value[Symbol.toStringTag] === 'Module' || (value.__esModule && TYPESCRIPT.test(file)));
  return isModule && 'default' in value ? value.default : value;
};

const plain = (value) => Array.isArray(value)
  || (typeof value === 'object' && [null, Object.prototype].includes(Object.getPrototypeOf(value)));

const evaluate = async (file, address) => {
  let value = await load(file), called = typeof value === 'function';
  value = await (called ? value(context) : value);
  for (const key of address === null ? [] : address.split('.')) {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') value = await ask({ text: value });
    value = value[key];
    if (called) continue;
    called = typeof value === 'function';
    value = await (called ? value.call(undefined, context) : value);
  }
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value);
  if (text === undefined || (!plain(value) && JSON.parse(text) !== value))
    throw new Error(`the value is not one that JSON has: ${require('util').inspect(value)}`);
  return value;
};

const isOwn = (file) => path.isAbsolute(file) && !file.includes(`${path.sep}node_modules${path.sep}`) && !file.startsWith(__dirname);

// The project's own files that were read so far.
const read = () => Object.keys(require.cache).filter(isOwn);

// What the project's own files asked the environment for in vain: those of packages ask for much that nobody sets.
const unset = new Set();
const asker = () => /(?:\(|at |file:\/\/)(\/[^():]+|[A-Za-z]:[^():]+)/.exec((new Error().stack || '').split('\n')[3] || '');
process.env = new Proxy(process.env, {
  get: (environment, name) => {
    const value = environment[name];
    if (value === undefined && typeof name === 'string' && !unset.has(name)) {
      const from = asker();
      if (from && isOwn(from[1])) unset.add(name);
    }
    return value;
  },
});

// Files are run anew, with what they lacked.
const supply = (environment) => {
  Object.assign(process.env, environment);
  unset.clear();
  for (const file of read()) delete require.cache[file];
};

readline.createInterface({ input: fs.createReadStream(null, { fd: input }) }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.options !== undefined) return begin(message);
  if (message.environment !== undefined) return supply(message.environment);
  if (message.evaluate !== undefined) {
    evaluate(message.file, message.address).then(
      (value) => send({ evaluated: message.evaluate, value, read: read() }),
      (error) => send({ evaluated: message.evaluate, error: String((error && error.stack) || error), unset: [...unset] }),
    );
    return;
  }
  const { done, fail } = waiting.get(message.ask);
  waiting.delete(message.ask);
  'error' in message ? fail(new Error(message.error)) : done(message.value);
}).on('close', () => process.exit(0));
