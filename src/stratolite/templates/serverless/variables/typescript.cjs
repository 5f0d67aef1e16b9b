// TypeScript files for `require`: each is transpiled by the project's own esbuild, typescript or @swc/core, one file at
// a time, so that `__dirname` and the like stay right. Paths of tsconfig.json are followed. Types are not checked.
const fs = require('fs'), path = require('path'), Module = require('module');

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts'];
const CANDIDATES = ['', ...EXTENSIONS, '.js', '.cjs', '.json', ...EXTENSIONS.map((each) => `/index${each}`), '/index.js'];

const makers = {
  esbuild: (esbuild) => (code, file) =>
    esbuild.transformSync(code, { loader: 'ts', format: 'cjs', target: 'node14', sourcefile: file, logLevel: 'silent' }).code,
  typescript: (typescript) => (code, file) =>
    typescript.transpileModule(code, {
      fileName: file,
      compilerOptions: { module: 'commonjs', target: 'es2020', esModuleInterop: true, experimentalDecorators: true },
    }).outputText,
  '@swc/core': (swc) => (code, file) =>
    swc.transformSync(code, { filename: file, swcrc: false, jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }).code,
};

const transpiler = (folder, supplied) => {
  const from = Module.createRequire(path.join(folder, 'x.js'));
  for (const [name, make] of Object.entries(makers)) {
    try { return make(from(name)); }
    catch (error) { continue; }
  }
  return supplied ? makers.esbuild(require(supplied)) : null;
};

// What modules say of themselves, in the words of scripts: each file is one in the end.
const SELF = { url: "require('url').pathToFileURL(__filename).href", dirname: '__dirname', filename: '__filename' };
const asScript = (code) => code.replace(/^#!.*/, '').replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name) => SELF[name]);

// JSON as tsconfig.json has it: comments, and commas before a closing bracket.
const relaxed = (text) =>
  JSON.parse(text.replace(/^\uFEFF/, '')
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string) => string || '')
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string || ''));

const pathsOf = (file, depth = 0) => {
  if (depth > 8 || !fs.existsSync(file)) return null;
  let config;
  try { config = relaxed(fs.readFileSync(file, 'utf8')); } catch (error) { return null; }
  const options = config.compilerOptions || {}, folder = path.dirname(file);
  if (options.paths || options.baseUrl) return { base: path.resolve(folder, options.baseUrl || '.'), paths: options.paths || {}, own: !!options.baseUrl };
  for (const parent of [].concat(config.extends || [])) {
    const found = pathsOf(path.resolve(folder, parent.endsWith('.json') ? parent : `${parent}.json`), depth + 1);
    if (found) return found;
  }
  return null;
};

const existing = (stem) => CANDIDATES.map((each) => stem + each).find((each) => fs.existsSync(each) && fs.statSync(each).isFile());

const mapped = (request, { base, paths, own }) => {
  for (const [pattern, places] of Object.entries(paths)) {
    const [before, after] = pattern.split('*');
    const fits = after === undefined ? request === pattern : request.startsWith(before) && request.endsWith(after);
    if (!fits) continue;
    const rest = after === undefined ? '' : request.slice(before.length, request.length - after.length);
    for (const place of places) {
      const found = existing(path.resolve(base, place.replace('*', rest)));
      if (found) return found;
    }
  }
  return own ? existing(path.resolve(base, request)) : undefined;
};

// Makes `require` read TypeScript, by an esbuild that is `supplied` where the project has nothing that can; false without.
exports.register = (folder, supplied) => {
  const transpile = transpiler(folder, supplied);
  if (!transpile) return false;
  const load = (module, file) => module._compile(transpile(asScript(fs.readFileSync(file, 'utf8')), file), file);
  for (const extension of EXTENSIONS) Module._extensions[extension] = load;
  const config = pathsOf(path.join(folder, 'tsconfig.json'));
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    const isOwn = parent && parent.filename && !parent.filename.includes(`${path.sep}node_modules${path.sep}`);
    if (isOwn && config && !/^[./]/.test(request) && !Module.builtinModules.includes(request)) {
      const found = mapped(request, config);
      if (found) return found;
    }
    try { return resolve.call(this, request, parent, ...rest); }
    catch (error) {
      // `import './x.js'` of TypeScript means x.ts.
      const found = isOwn && /^\..*\.[cm]?js$/.test(request)
        && existing(path.resolve(path.dirname(parent.filename), request.replace(/\.[cm]?js$/, '')));
      if (found) return found;
      throw error;
    }
  };
  return true;
};
