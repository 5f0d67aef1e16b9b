/**
 * Bundles handlers by a project's esbuild; asked by esbuild.py by way of worker.cjs, in the project's folder.
 *
 * Asked: {tool, entries: {name: file}, output, options, plugins, config, isInbuilt, service}. Answers {made: {name: {outputs,
 * inputs}}, shared: [file], packages: [name], extension, errors}: per entry the files that were written and those that
 * they depend on, and the packages that bundles ask for. What is asked for again is built incrementally.
 */

const path = require('node:path');
const { builtinModules, createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');

const project = createRequire(path.join(process.cwd(), 'package.json'));
const CONTEXTS_MAX = 4;
const contexts = new Map();
const OF_THE_PLUGIN = [
  'concurrency', 'zipConcurrency', 'exclude', 'nativeZip', 'packager', 'packagePath', 'watch', 'keepOutputDirectory',
  'packagerOptions', 'installExtraArgs', 'outputFileExtension', 'outputBuildFolder', 'outputWorkFolder',
  'nodeExternals', 'skipBuild', 'skipRebuild', 'skipBuildExcludeFns', 'stripEntryResolveExtensions',
  'disposeContext', 'disableIncremental', 'config', 'metafile', 'logLevel', 'zipTimeout',
];

function texts(value) {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}

function serverless(asked) {
  const config = { servicePath: process.cwd(), serviceDir: process.cwd() };
  return { service: asked.service, config, cli: { log() {}, consoleLog() {} }, classes: { Error } };
}

/** A configuration, whichever kind of module it is. */
async function loaded(file) {
  let made;
  try {
    made = project(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    made = await import(pathToFileURL(file).href);
  }
  return made.default ?? made;
}

/**
 * What the plugin would give to esbuild: its defaults, the file's settings or those of a configuration file. What is
 * inbuilt in version 4 takes both, and calls ES modules by a name that Node knows them by.
 */
async function settings(asked) {
  let given = asked.options;
  if (asked.config) {
    const config = await loaded(path.resolve(asked.config));
    const made = typeof config === 'function' ? await config(serverless(asked)) : config;
    given = asked.isInbuilt ? { ...made, ...asked.options } : made;
  }
  let plugins = given.plugins ?? [];
  if (typeof plugins === 'string') {
    plugins = project(path.resolve(plugins));
    plugins = plugins.default ?? plugins;
    if (typeof plugins === 'function') plugins = plugins(serverless(asked));
  }
  const chosen = { ...asked.defaults, ...given, plugins };
  if (!asked.isInbuilt) return chosen;
  const exclude = [...texts(asked.defaults.exclude), ...texts(given.exclude)];
  const names = chosen.format === 'esm' ? { outExtension: { '.js': '.mjs' } } : {};
  return { ...names, ...chosen, exclude };
}

function optionsOf(asked, chosen) {
  const exclude = texts(chosen.exclude);
  const options = Object.fromEntries(Object.entries(chosen).filter(([name]) => !OF_THE_PLUGIN.includes(name)));
  const extension = chosen.outputFileExtension ?? '.js';
  return {
    ...options,
    external: [...new Set([...texts(chosen.external), ...(exclude.includes('*') ? [] : exclude)])],
    ...(extension === '.js' ? {} : { outExtension: { '.js': extension } }),
    absWorkingDir: process.cwd(),
    outdir: asked.output,
    metafile: true,
    logLevel: 'silent',
  };
}

/** The entries of a bundle, built by a context that is kept as long as the same ones are asked for. */
async function built(esbuild, options, entryPoints) {
  const whole = { ...options, entryPoints };
  if (esbuild.context === undefined) return esbuild.build(whole);
  const key = JSON.stringify([Object.entries(entryPoints), Object.entries(options).filter(([name]) => name !== 'plugins')]);
  let context = contexts.get(key);
  if (context === undefined) {
    context = await esbuild.context(whole);
    if (contexts.size >= CONTEXTS_MAX) {
      const [oldest, old] = contexts.entries().next().value;
      contexts.delete(oldest);
      await old.dispose();
    }
  }
  contexts.delete(key);
  contexts.set(key, context);
  return context.rebuild();
}

function packageOf(request) {
  return request.split('/').slice(0, request.startsWith('@') ? 2 : 1).join('/');
}

function isPackage(request) {
  return !/^[./]|^node:/.test(request) && !builtinModules.includes(request);
}

function packagesOf(metafile, chosen) {
  const exclude = texts(chosen.exclude);
  const listed = texts(chosen.external).filter((name) => !name.includes('*'));
  const isWide = chosen.plugins.length > 0 || chosen.packages === 'external' || texts(chosen.external).length > listed.length;
  const imported = Object.values(metafile.outputs)
    .flatMap((one) => one.imports ?? [])
    .filter((one) => one.external && isPackage(one.path))
    .map((one) => packageOf(one.path));
  const isExcluded = (name) => exclude.some((each) => each === '*' || each === name || (each.endsWith('/*') && name.startsWith(each.slice(0, -1))));
  return [...new Set([...listed, ...(isWide ? imported : [])])].filter((name) => !isExcluded(name)).sort();
}

/** Every file that an entry leads to, those too that add nothing to its bundle at the moment. */
function reached(metafile, file) {
  const found = new Set([file]);
  for (const each of found) {
    for (const one of metafile.inputs[each]?.imports ?? []) if (metafile.inputs[one.path]) found.add(one.path);
  }
  return [...found].map((each) => path.resolve(each.replace(/^[\w-]+:/, '')));
}

function told(asked, metafile) {
  const made = Object.fromEntries(Object.keys(asked.entries).map((name) => [name, { outputs: [], inputs: [] }]));
  const names = new Map(Object.entries(asked.entries).map(([name, file]) => [path.resolve(file), name]));
  const shared = [];
  for (const [file, output] of Object.entries(metafile.outputs)) {
    const name = names.get(path.resolve(output.entryPoint ?? ''));
    if (name === undefined) continue;
    made[name].outputs.push(path.resolve(file));
    made[name].inputs = reached(metafile, output.entryPoint);
  }
  const owned = new Set(Object.values(made).flatMap((one) => one.outputs));
  for (const file of Object.keys(metafile.outputs).map((each) => path.resolve(each))) {
    const owner = Object.values(made).find((one) => file.endsWith('.map') && one.outputs.includes(file.slice(0, -4)));
    if (owner) owner.outputs.push(file);
    else if (!owned.has(file)) shared.push(file);
  }
  return { made, shared };
}

function message({ text, location, pluginName }) {
  const by = pluginName ? ` (plugin ${pluginName})` : '';
  if (!location) return `${text}${by}`;
  return `${location.file}:${location.line}:${location.column + 1}: ${text}${by}\n    ${location.lineText.trim()}`;
}

exports.build = async (asked) => {
  const esbuild = require(asked.tool);
  const chosen = await settings(asked);
  let result;
  try {
    result = await built(esbuild, optionsOf(asked, chosen), asked.entries);
  } catch (error) {
    if (!error.errors) throw error;
    return { errors: error.errors.map(message) };
  }
  const packages = packagesOf(result.metafile, chosen);
  const isOpaque = chosen.plugins.length > 0 || Boolean(asked.config);
  return { ...told(asked, result.metafile), packages, isOpaque, warnings: result.warnings.map(message), errors: [] };
};
