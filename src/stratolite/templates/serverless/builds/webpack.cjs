/**
 * Runs a project's webpack with the project's configuration; run by webpack.py in the project's folder.
 *
 * Reads what is asked as JSON on standard input, and answers in JSON after a line that begins with a zero byte:
 * {assets, owners: {asset: entry}, externals, errors}. The configuration may print before that.
 */

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const project = createRequire(path.join(process.cwd(), 'package.json'));

function answer(made) {
  process.stdout.write(`\n\0${JSON.stringify({ assets: [], owners: {}, externals: [], errors: [], ...made })}`);
}

function optional(name) {
  try {
    return project(name);
  } catch {
    return undefined;
  }
}

/** Configurations ask the plugin what there is to bundle: `slsw.lib.entries`. */
function tellPlugin() {
  const lib = optional('serverless-webpack')?.lib;
  if (lib === undefined) return;
  lib.entries = asked.entries;
  lib.webpack = { isLocal: true };
  lib.options = { stage: asked.stage };
  const service = { service: asked.service, provider: { name: 'aws', stage: asked.stage } };
  lib.serverless = { service, config: { servicePath: process.cwd() }, cli: { log() {}, consoleLog() {} } };
}

async function configurations() {
  const file = path.resolve(asked.config);
  if (/\.[cm]?ts$/.test(file)) (optional('ts-node') ?? optional('tsx/cjs/api'))?.register?.();
  let exported = /\.mjs$/.test(file) ? (await import(file)).default : project(file);
  exported = exported?.default ?? exported;
  if (typeof exported === 'function') exported = exported({}, {});
  return [await exported].flat();
}

function completed(config, webpackVersion) {
  const made = { target: 'node', mode: 'production', ...config };
  made.context ??= process.cwd();
  if (made.entry === undefined) made.entry = asked.entries;
  made.output = { libraryTarget: 'commonjs', filename: '[name].js', ...made.output, path: asked.output };
  if (made.cache === undefined && webpackVersion >= 5) made.cache = { type: 'filesystem', cacheDirectory: asked.cache };
  made.devtool ??= 'source-map';
  made.watch = false;
  return made;
}

function packageOf(request) {
  return request.split('/').slice(0, request.startsWith('@') ? 2 : 1).join('/');
}

function told(stats) {
  const made = { assets: [], owners: {}, externals: new Set(), errors: [] };
  for (const one of stats.stats ?? [stats]) {
    const { compilation } = one;
    made.errors.push(...compilation.errors.map((error) => error.message ?? String(error)));
    made.assets.push(...compilation.getAssets().map((asset) => asset.name));
    for (const [name, entry] of compilation.entrypoints) {
      for (const chunk of entry.chunks.filter((each) => each.name === name)) {
        for (const file of [...chunk.files, ...(chunk.auxiliaryFiles ?? [])]) made.owners[file] = name;
      }
    }
    for (const module of compilation.modules) {
      const external = /^external (?:[\w-]+ )?"([^"]+)"$/.exec(module.identifier());
      if (external && !module.identifier().includes('node-commonjs')) made.externals.add(packageOf(external[1]));
    }
  }
  const builtin = new Set(require('node:module').builtinModules);
  const externals = [...made.externals].filter((name) => !builtin.has(name) && !name.startsWith('node:'));
  return { ...made, externals: externals.sort(), assets: [...new Set(made.assets)] };
}

async function main() {
  const webpack = project('webpack');
  tellPlugin();
  const version = Number((webpack.version ?? '4').split('.')[0]);
  const configs = (await configurations()).map((config) => completed(config, version));
  fs.rmSync(asked.output, { recursive: true, force: true });
  const compiler = webpack(configs.length === 1 ? configs[0] : configs);
  compiler.run((error, stats) => {
    const made = error ? { errors: [error.message] } : told(stats);
    // Closing writes webpack's cache.
    if (compiler.close) compiler.close(() => answer(made));
    else answer(made);
  });
}

main().catch((error) => answer({ errors: [error.stack ?? String(error)] }));
