/**
 * Runs a project's webpack with the project's configuration; asked by webpack.py by way of worker.cjs, in its folder.
 *
 * Asked: {tool, plugin, config, bundle, entries: {name: file}, output, cache, service, stage, region, isLenient}. Answers
 * {assets, owners: {asset: entry}, externals, inputs: [file], errors, types: [what is said of types, if lenient]}. What is asked for again is compiled by the same
 * compiler, which keeps in memory what has not changed.
 */

const fs = require('node:fs');
const path = require('node:path');
const Module = require('node:module');
const { builtinModules, createRequire } = Module;

const project = createRequire(path.join(process.cwd(), 'package.json'));
let kept = { key: '', compiler: undefined };

function optional(...names) {
  for (const name of names) {
    try {
      return project(name);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

function isInstalled(name, where = project) {
  try {
    where.resolve(name);
    return true;
  } catch (error) {
    return error.code !== 'MODULE_NOT_FOUND';
  }
}

let standIn;

/** For configurations that require the plugin where only its author has installed it. */
function standInLib() {
  if (standIn === undefined) {
    const load = Module._load;
    standIn = { lib: {} };
    Module._load = function (request, ...rest) {
      return request === 'serverless-webpack' ? standIn : load.call(this, request, ...rest);
    };
  }
  return standIn.lib;
}

/** Configurations ask the plugin what there is to bundle: `slsw.lib.entries`. */
function tellPlugin(asked) {
  const lib = asked.plugin ? require(asked.plugin)?.lib : standInLib();
  if (lib === undefined) return;
  const { service } = asked;
  const functions = service.functions ?? {};
  lib.entries = { ...asked.entries };
  lib.webpack = { isLocal: true };
  lib.options = { stage: asked.stage, region: asked.region };
  lib.serverless = {
    service: { ...service, getAllFunctions: () => Object.keys(functions), getFunction: (name) => functions[name] },
    config: { servicePath: process.cwd(), serviceDir: process.cwd() },
    providers: {},
    cli: { log() {}, consoleLog() {} },
  };
}

/** serverless-bundle brings a configuration of its own, which asks a module of it for what `custom.bundle` says. */
function tellBundle({ folder, options, nodeVersion }) {
  const config = require(path.join(folder, 'src', 'config.js'));
  for (const name of ['forceExclude', 'externals', 'rawFileExtensions']) {
    const own = config.options[name];
    if (Array.isArray(options[name]) && Array.isArray(own)) options[name] = [...own, ...options[name]];
  }
  if (nodeVersion < 18) options.forceExclude = [...(options.forceExclude ?? config.options.forceExclude), 'aws-sdk'];
  Object.assign(config, { servicePath: process.cwd(), nodeVersion });
  // What a linter says is no part of running an application.
  Object.assign(config.options, options, { linting: false });
}

/** Have configurations in TypeScript loaded like others, by whichever compiler the project has. */
function readTypes(file) {
  const compiler = optional('typescript');
  const bundler = compiler ? undefined : optional('esbuild');
  if (!compiler && !bundler) throw new Error(`${file} is TypeScript, and the project has no typescript to read it`);
  const compilerOptions = { module: 'commonjs', target: 'es2020', esModuleInterop: true };
  const plain = (text, fileName) =>
    compiler
      ? compiler.transpileModule(text, { fileName, compilerOptions }).outputText
      : bundler.transformSync(text, { loader: 'ts', format: 'cjs', sourcefile: fileName }).code;
  for (const suffix of ['.ts', '.cts']) {
    require.extensions[suffix] = (module, name) => module._compile(plain(fs.readFileSync(name, 'utf8'), name), name);
  }
}

/** The SDKs that runtimes bring are no parts of bundles, where the project does not have them itself. */
function brought({ context, request }, done) {
  const isSdk = /^(aws-sdk|@aws-sdk|@smithy)(\/|$)/.test(request ?? '');
  const from = isSdk ? createRequire(path.join(context || process.cwd(), 'x.js')) : project;
  return isSdk && !isInstalled(request, from) ? done(null, request) : done();
}

function broughtFor4(context, request, done) {
  return brought({ context, request }, done);
}

async function load(file) {
  if (/\.[cm]?ts$/.test(file)) readTypes(file);
  try {
    return project(file);
  } catch (error) {
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error.code)) throw error;
    return import(require('node:url').pathToFileURL(file));
  }
}

async function configurations(asked) {
  const file = path.resolve(asked.config);
  if (!fs.existsSync(file)) throw new Error(`the configuration ${asked.config} does not exist`);
  let exported = await load(file);
  exported = exported?.default ?? exported;
  const several = await Promise.all([await exported].flat().map((one) => (typeof one === 'function' ? one({}, {}) : one)));
  return several.flat();
}

function completed(config, asked, major) {
  const made = { target: 'node', mode: 'production', ...config };
  made.context ??= process.cwd();
  if (made.entry === undefined) made.entry = asked.entries;
  made.node ??= false;
  const output = { libraryTarget: 'commonjs', filename: '[name].js', ...made.output, path: asked.output };
  // A library type of webpack 5 and the old setting exclude each other.
  if (made.output?.library !== undefined) delete output.libraryTarget;
  made.output = output;
  if (made.cache === undefined && major >= 5) made.cache = { type: 'filesystem', cacheDirectory: asked.cache };
  made.externals = [...(made.externals === undefined ? [] : [made.externals].flat()), major >= 5 ? brought : broughtFor4];
  made.devtool ??= 'source-map';
  made.watch = false;
  if (asked.isLenient) made.optimization = { ...made.optimization, ...(major >= 5 ? { emitOnErrors: true } : { noEmitOnErrors: false }) };
  return made;
}

async function compilerOf(asked) {
  const key = JSON.stringify(asked);
  if (kept.key === key) return kept.compiler;
  const webpack = require(asked.tool);
  if (asked.bundle) tellBundle(asked.bundle);
  tellPlugin(asked);
  const major = Number((webpack.version ?? '4').split('.')[0]);
  const configs = (await configurations(asked)).map((config) => completed(config, asked, major));
  if (configs.length === 0) throw new Error(`${asked.config} exports no configuration`);
  kept = { key, compiler: webpack(configs.length === 1 ? configs[0] : configs) };
  return kept.compiler;
}

function packageOf(request) {
  return request.split('/').slice(0, request.startsWith('@') ? 2 : 1).join('/');
}

function message(error) {
  const at = error.module?.resource ? path.relative(process.cwd(), error.module.resource) : (error.file ?? '');
  const text = error.message ?? String(error);
  const place = error.loc?.start ? `:${error.loc.start.line}:${error.loc.start.column + 1}` : '';
  return at && !text.includes(at) ? `${at}${place}: ${text}` : text;
}

/** The files that lie beside the project: those in it are watched anyway. */
function outside(files) {
  const inside = process.cwd() + path.sep;
  return [...new Set(files)].filter((file) => !file.startsWith(inside) && !/[\\/]node_modules[\\/]/.test(file));
}

/** What a compiler says of types, by its number: those of syntax begin with 1, and count in packages' types alone. */
function isOfTypes(text) {
  return /\bTS(?!1\d{3}:)\d+:/.test(text) || (/\bTS\d+:/.test(text) && /node_modules/.test(text));
}

function told(stats, isLenient) {
  const made = { assets: [], owners: {}, externals: new Set(), inputs: [], errors: [], types: [] };
  for (const { compilation } of stats.stats ?? [stats]) {
    for (const text of compilation.errors.map(message)) (isLenient && isOfTypes(text) ? made.types : made.errors).push(text);
    made.assets.push(...Object.keys(compilation.assets));
    for (const [name, entry] of compilation.entrypoints) {
      for (const chunk of entry.chunks.filter((each) => each.name === name)) {
        for (const file of [...chunk.files, ...(chunk.auxiliaryFiles ?? [])]) made.owners[file] = name;
      }
    }
    for (const module of compilation.modules) {
      if (module.resource) made.inputs.push(module.resource.split('?')[0]);
      const external = /^external .*"([^"]+?)"$/.exec(module.identifier());
      if (external && !module.identifier().includes('node-commonjs')) made.externals.add(packageOf(external[1]));
    }
  }
  const isPackage = (name) => !builtinModules.includes(name) && !/^node:|^[./]/.test(name);
  return { ...made, inputs: outside(made.inputs), externals: [...made.externals].filter(isPackage).sort(), assets: [...new Set(made.assets)] };
}

exports.build = async (asked) => {
  const isFirst = kept.compiler === undefined;
  const compiler = await compilerOf(asked);
  if (isFirst) fs.rmSync(asked.output, { recursive: true, force: true });
  const made = await new Promise((done, fail) => {
    compiler.run((error, stats) => (error ? fail(error) : done(told(stats, asked.isLenient))));
  });
  return made;
};

/** Closing writes webpack's cache on disk. */
exports.close = async () => {
  if (kept.compiler?.close) await new Promise((done) => kept.compiler.close(done));
};
