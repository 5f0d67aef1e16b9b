/**
 * From the `Handler` setting to the function that it names, by AWS's rules about files, formats and names.
 */

import fs from 'node:fs';
import module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasCallbacks, named } from './node_log.mjs';
import { catchSecure } from './node_network.mjs';

const require = createRequire(import.meta.url);
const CALLBACKS_REMOVED =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

/** Functions whose answer is a stream carry this. */
export const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
export const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

const ImportModuleError = named('ImportModuleError');
const HandlerNotFound = named('HandlerNotFound');
const MalformedHandlerName = named('MalformedHandlerName');
const UserCodeSyntaxError = named('UserCodeSyntaxError');
const MalformedStreamingHandler = named('MalformedStreamingHandler');
const CallbackHandlerDeprecated = named('CallbackHandlerDeprecated');
export const UnhandledPromiseRejection = named('UnhandledPromiseRejection');

function isModuleFolder(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8'))?.type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder !== '/' && isModuleFolder(path.resolve(folder, '..'));
}

/** The user's module, by the order of extensions of the runtimes up to Node.js 22. */
async function loadRequired(file) {
  const required = (extension) => (fs.existsSync(file + extension) ? require(file + extension) : undefined);
  if (fs.existsSync(file)) return require(file);
  const isModule = isModuleFolder(path.dirname(file));
  return (
    (isModule ? await loadImported(file, ['.js']) : required('.js')) ||
    (await loadImported(file, ['.mjs'])) ||
    required('.cjs')
  );
}

const NEAR = ['/var/node_modules', '/node_modules'];

/** The folders of packages that NODE_PATH names, that hold something, and that no module finds by itself. */
function hiddenFolders() {
  const isFilled = (folder) => fs.existsSync(folder) && fs.readdirSync(folder).length > 0;
  const identity = (folder) => `${fs.statSync(folder).dev}:${fs.statSync(folder).ino}`;
  const near = process.env.LAMBDA_TASK_ROOT === '/var/task' ? NEAR.filter(isFilled).map(identity) : [];
  return (process.env.NODE_PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder.endsWith('/node_modules') && isFilled(folder) && !near.includes(identity(folder)));
}

/** ES modules look where NODE_PATH leads, as with AWS's loader, if that is anywhere else. */
function followNodePath() {
  const folders = hiddenFolders();
  if (folders.length && module.register) module.register('./node_resolve.mjs', import.meta.url, { data: { folders } });
}

async function loadImported(file, extensions) {
  const extension = extensions.find((each) => fs.existsSync(file + each));
  if (extension === undefined) return undefined;
  if (extension === '.mjs' || (extension === '.js' && isModuleFolder(path.dirname(file)))) {
    catchSecure();
    followNodePath();
  }
  return import(pathToFileURL(file + extension).href);
}

async function loadModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const loaded = await (hasCallbacks ? loadRequired(file) : loadImported(file, ['', '.js', '.mjs', '.cjs']));
  return loaded || require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

function resolve(loaded, name) {
  const find = (module) => name.split('.').reduce((nested, key) => nested && nested[key], module);
  return find(loaded) || (hasCallbacks ? undefined : find(loaded.default));
}

/** The function that the setting names. Throws errors of AWS's names, or what the module threw when it was loaded. */
export async function loadHandler(root, setting) {
  if (setting.includes('..')) {
    throw new MalformedHandlerName(
      `'${setting}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(setting);
  const folder = setting.slice(0, setting.indexOf(base));
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (!match) throw new MalformedHandlerName('Bad handler');
  let loaded;
  try {
    loaded = await loadModule(root, folder, match[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
  const handler = resolve(loaded, match[2]);
  if (!handler) throw new HandlerNotFound(`${setting} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${setting} is not a function`);
  check(handler);
  return handler;
}

function check(handler) {
  if (handler[STREAMING] && handler[STREAMING] !== 'response') {
    throw new MalformedStreamingHandler('Only response streaming is supported.');
  }
  if (!hasCallbacks && handler.length >= 3 && !handler[STREAMING]) {
    throw new CallbackHandlerDeprecated(CALLBACKS_REMOVED);
  }
}
