/**
 * The Node.js runtime inside the sandbox: loads the function and serves its invocations over the Runtime API.
 *
 * It speaks HTTP/1.1 on descriptor 3, a socket that it inherits, with blocking reads: between invocations nothing
 * else runs in the process, as in AWS's frozen sandboxes. An answer and the request for the next invocation leave in
 * one write. Behaviour and texts follow AWS's runtime interface client for Node.js
 * (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 */

import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import util from 'node:util';

const CHANNEL_FD = Number(process.argv[2]);
const BASE = '/2018-06-01/runtime';
const GET_NEXT = Buffer.from(`GET ${BASE}/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n`);
const READ_BYTES = 65536;
const WAIT_MS = 1;
const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const require = createRequire(import.meta.url);

process.argv.splice(2);

// Errors -----------------------------------------------------------------------------------------------------------

class RuntimeError extends Error {}
const named = (name) => {
  const kind = class extends RuntimeError {};
  kind.prototype.name = `Runtime.${name}`;
  return kind;
};
const ImportModuleError = named('ImportModuleError');
const HandlerNotFound = named('HandlerNotFound');
const MalformedHandlerName = named('MalformedHandlerName');
const UserCodeSyntaxError = named('UserCodeSyntaxError');
const MalformedStreamingHandler = named('MalformedStreamingHandler');
const NodeJsExit = named('NodeJsExit');
const UnhandledPromiseRejection = named('UnhandledPromiseRejection');

function looksLikeError(value) {
  return value && [value.name, value.message, value.stack].every((part) => part && typeof part === 'string');
}

/** The error object that AWS answers with. */
function describe(error) {
  try {
    if (util.types.isNativeError(error) || looksLikeError(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

/** The error as it stands in the log: also what the user put on it. */
function forLog(error) {
  const shown = (_, value) => {
    if (!(value instanceof Error)) return value;
    const fields = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
    if (typeof value.stack === 'string') fields.stack = value.stack.split('\n');
    return fields;
  };
  try {
    return `\t${JSON.stringify(error, shown)}`;
  } catch {
    return `\t${JSON.stringify(describe(error))}`;
  }
}

// Log --------------------------------------------------------------------------------------------------------------

const sleeper = new Int32Array(new SharedArrayBuffer(4));
let requestId;

function writeFully(descriptor, buffer) {
  for (let sent = 0; sent < buffer.length; ) {
    try {
      sent += fs.writeSync(descriptor, buffer, sent);
    } catch (error) {
      // The pipe is full and process.stdout has made it non-blocking: give the reader a moment.
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, WAIT_MS);
    }
  }
}

function writeLine(text) {
  writeFully(1, Buffer.from(`${text.replace(/\n/g, '\r')}\n`));
}

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const isJsonLog = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';

function jsonError(_, value) {
  if (!(value instanceof Error)) return value;
  const { message, stack } = value;
  const errorType = value.constructor?.name ?? 'UnknownError';
  return { errorType, errorMessage: message, stackTrace: typeof stack === 'string' ? stack.split('\n') : stack, ...value };
}

function jsonLine(level, values) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...line, message: values[0] }, jsonError);
    } catch {
      return JSON.stringify({ ...line, message: util.format(values[0]) });
    }
  }
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify({ ...line, message: util.format(...values), ...(error && jsonError('', error)) });
}

function logAt(level, values) {
  if (isJsonLog) writeLine(jsonLine(level, values));
  else writeLine(`${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...values)}`);
}

function patchConsole() {
  const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  const method = (level) => (LEVELS[level] >= least ? (...values) => logAt(level, values) : () => {});
  console.trace = method('TRACE');
  console.debug = method('DEBUG');
  console.info = method('INFO');
  console.log = console.info;
  console.warn = method('WARN');
  console.error = method('ERROR');
  console.fatal = method('FATAL');
}

function logError(what, error) {
  if (isJsonLog) logAt('ERROR', [error instanceof Error ? error : new Error(error)]);
  else logAt('ERROR', [what, forLog(error instanceof Error ? error : new Error(error))]);
}

// The channel ------------------------------------------------------------------------------------------------------

const chunk = Buffer.allocUnsafe(READ_BYTES);
let received = Buffer.alloc(0);
let unsent = [];
let unreadAnswers = 0;

function read(target) {
  const count = fs.readSync(CHANNEL_FD, target, 0, target.length, null);
  if (count === 0) process.kill(process.pid, 'SIGKILL'); // The server is gone.
  return count;
}

function receive() {
  let end;
  while ((end = received.indexOf('\r\n\r\n')) < 0) {
    const count = read(chunk);
    received = Buffer.concat([received, chunk.subarray(0, count)]);
  }
  const headers = {};
  for (const line of received.toString('utf8', 0, end).split('\r\n').slice(1)) {
    const colon = line.indexOf(': ');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  const size = Number(headers['content-length']);
  const rest = received.subarray(end + 4);
  if (rest.length >= size) {
    received = rest.subarray(size);
    return { headers, body: rest.subarray(0, size) };
  }
  const body = Buffer.allocUnsafe(size);
  for (let filled = rest.copy(body); filled < size; ) filled += read(body.subarray(filled));
  received = Buffer.alloc(0);
  return { headers, body };
}

function post(where, body, headers = {}) {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const head = `POST ${BASE}${where} HTTP/1.1\r\nHost: runtime\r\n${fields.join('')}Content-Length: ${bytes.length}\r\n\r\n`;
  unsent.push(Buffer.from(head), bytes);
  unreadAnswers += 1;
}

function flush(last = []) {
  writeFully(CHANNEL_FD, Buffer.concat([...unsent, ...last]));
  unsent = [];
  for (; unreadAnswers; unreadAnswers -= 1) receive();
}

function next() {
  flush([GET_NEXT]);
  return receive();
}

function postError(where, error) {
  const described = describe(error);
  const headers = { 'Content-Type': 'application/json' };
  // A header is one line; a name that is none is left out.
  if (/^[\x21-\x7e]+$/.test(described.errorType)) headers['Lambda-Runtime-Function-Error-Type'] = described.errorType;
  post(where, JSON.stringify(described), headers);
}

// Loading the function -----------------------------------------------------------------------------------------------

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

const hasTypeScript = Number(process.versions.node.split('.')[0]) >= 24;

/** The user's module, by AWS's order of extensions. */
async function loadModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const isModule = isModuleFolder(path.dirname(file));
  const required = (extension) => (fs.existsSync(file + extension) ? require(file + extension) : undefined);
  const imported = async (extension) =>
    fs.existsSync(file + extension) ? import(pathToFileURL(file + extension).href) : undefined;
  if (fs.existsSync(file)) return require(file);
  const loaded =
    (await (isModule ? imported('.js') : required('.js'))) ||
    (await imported('.mjs')) ||
    required('.cjs') ||
    (hasTypeScript && (await (isModule ? imported('.ts') : required('.ts')))) ||
    (hasTypeScript && (await imported('.mts'))) ||
    (hasTypeScript && required('.cts'));
  return loaded || require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

async function loadHandler(root, setting) {
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
  const handler = match[2].split('.').reduce((nested, key) => nested && nested[key], loaded);
  if (!handler) throw new HandlerNotFound(`${setting} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${setting} is not a function`);
  return handler;
}

/**
 * The AWS SDK for JavaScript, version 2, ignores AWS_ENDPOINT_URL: tell it when it is loaded.
 *
 * Its parts name one another in circles and replace the global configuration while they load, so it is told only once
 * a module outside of it has what it asked for.
 */
function redirectSdkV2(endpoint) {
  const load = Module._load;
  const redirected = new WeakSet();
  const isInside = (name) => /[\\/]aws-sdk[\\/]/.test(name ?? '');
  Module._load = function (request, parent, ...rest) {
    const loaded = load.call(this, request, parent, ...rest);
    if (/(^|[\\/])aws-sdk($|[\\/])/.test(request) && !isInside(parent?.filename)) {
      for (const [name, module] of Object.entries(Module._cache)) {
        const config = isInside(name) && /[\\/]lib[\\/]core\.js$/.test(name) && module.exports.config;
        if (config?.update && !redirected.has(config)) {
          redirected.add(config);
          config.update({ endpoint, s3ForcePathStyle: true });
        }
      }
    }
    return loaded;
  };
}

// Streaming ----------------------------------------------------------------------------------------------------------

class ResponseStream extends Writable {
  constructor(options) {
    super(options);
    this.chunks = [];
    this.contentType = 'application/octet-stream';
  }

  setContentType(contentType) {
    this.contentType = contentType;
  }

  _write(data, encoding, done) {
    this.chunks.push(Buffer.from(data, encoding));
    done();
  }
}

const HttpResponseStream = {
  /** Status code, headers and cookies travel before the body: JSON, then eight zero bytes. */
  from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    stream.chunks.push(Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8));
    return stream;
  },
};

function provideGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler.highWaterMark = options.highWaterMark;
      return handler;
    },
    HttpResponseStream,
  };
}

// Serving ------------------------------------------------------------------------------------------------------------

let onEmptyLoop;
let onCrash = (error) => postError('/init/error', error);

function headerJson(headers, name, what) {
  if (headers[name] === undefined) return undefined;
  try {
    return JSON.parse(headers[name]);
  } catch (error) {
    throw new Error(`Cannot parse ${what} as json: ${error}`);
  }
}

/** `context`: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextData(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: headerJson(headers, 'lambda-runtime-client-context', 'ClientContext'),
    identity: headerJson(headers, 'lambda-runtime-cognito-identity', 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function serialize(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

/** callback, and the parts of `context` that end the invocation; only the first of them counts. */
function completion(id, scheduleNext) {
  let finished = false;
  let waitsForEmptyLoop = true;
  const succeed = (result) => {
    post(`/invocation/${id}/response`, serialize(result), { 'Content-Type': 'application/json' });
    scheduleNext();
  };
  const fail = (error) => {
    logError('Invoke Error', error);
    postError(`/invocation/${id}/error`, error);
    scheduleNext();
  };
  const once = (act) => (...values) => {
    if (finished) return;
    onEmptyLoop = undefined;
    act(...values);
    finished = true;
  };
  const done = (error, result) => (error === undefined || error === null ? succeed(result) : fail(error));
  const callback = once((error, result) => {
    const hasFailed = error !== undefined && error !== null;
    if (hasFailed || !waitsForEmptyLoop) done(error, result);
    else onEmptyLoop = () => setImmediate(() => succeed(result));
  });
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waitsForEmptyLoop;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForEmptyLoop = value;
    },
    succeed: once(succeed),
    fail: once((error) => fail(error ?? 'handled')),
    done: once(done),
  };
  return { callback, context, markFinished: () => (finished = true) };
}

function serveOnce(handler, scheduleNext) {
  const { headers, body } = begin();
  const id = requestId;
  const { callback, context, markFinished } = completion(id, scheduleNext);
  onEmptyLoop = () => {
    markFinished();
    if (handler.constructor?.name === 'AsyncFunction') {
      const error = new NodeJsExit(
        'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
      );
      logError('Invoke Error', error);
      postError(`/invocation/${id}/error`, error);
    } else {
      post(`/invocation/${id}/response`, 'null', { 'Content-Type': 'application/json' });
    }
    scheduleNext();
  };
  try {
    const result = handler(JSON.parse(body.toString('utf8')), Object.assign(context, contextData(headers)), callback);
    if (typeof result?.then === 'function') result.then(context.succeed, context.fail).catch(context.fail);
  } catch (error) {
    callback(error);
  }
}

async function serveOnceStreaming(handler, scheduleNext) {
  const { headers, body } = begin();
  const id = requestId;
  const stream = new ResponseStream({ highWaterMark: handler.highWaterMark });
  onEmptyLoop = scheduleNext;
  try {
    const context = Object.assign({ callbackWaitsForEmptyEventLoop: true }, contextData(headers));
    const result = handler(JSON.parse(body.toString('utf8')), stream, context);
    if (typeof result?.then !== 'function') throw 'Streaming does not support non-async handlers.';
    if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
    if (!stream.writableFinished) throw 'Response stream is not finished.';
    const mode = { 'Lambda-Runtime-Function-Response-Mode': 'streaming', 'Content-Type': stream.contentType };
    post(`/invocation/${id}/response`, Buffer.concat(stream.chunks), mode);
  } catch (error) {
    logError('Invoke Error', error);
    postError(`/invocation/${id}/error`, error);
  }
  onEmptyLoop = undefined;
  scheduleNext();
}

/** Wait for an invocation and make it the current one. */
function begin() {
  const { headers, body } = next();
  requestId = headers['lambda-runtime-aws-request-id'];
  const id = requestId;
  onCrash = (error) => postError(`/invocation/${id}/error`, error);
  if (headers['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  else delete process.env._X_AMZN_TRACE_ID;
  return { headers, body };
}

function crash(what, error, status) {
  logError(what, error);
  onCrash(error);
  flush();
  process.exit(status);
}

async function main() {
  patchConsole();
  provideGlobals();
  if (process.env.AWS_ENDPOINT_URL) redirectSdkV2(process.env.AWS_ENDPOINT_URL);
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error, EXIT_EXCEPTION));
  process.on('unhandledRejection', (reason) => {
    crash('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason), EXIT_REJECTION);
  });
  process.on('beforeExit', () => {
    const act = onEmptyLoop;
    onEmptyLoop = undefined;
    act?.();
  });
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
    if (handler[STREAMING] && handler[STREAMING] !== 'response') {
      throw new MalformedStreamingHandler('Only response streaming is supported.');
    }
  } catch (error) {
    crash('Uncaught Exception', error, EXIT_EXCEPTION);
  }
  const serve = handler[STREAMING] ? serveOnceStreaming : serveOnce;
  const scheduleNext = () => setImmediate(() => serve(handler, scheduleNext));
  scheduleNext();
}

main();
