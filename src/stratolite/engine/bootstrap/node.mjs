/**
 * The Node.js runtime inside the sandbox: loads the function and serves its invocations over the Runtime API.
 *
 * It speaks HTTP/1.1 on descriptor 3, a socket that it inherits, with blocking reads: between invocations nothing
 * else runs in the process, as in AWS's frozen sandboxes. An answer and the request for the next invocation leave in
 * one write. Behaviour and texts follow AWS's runtime interface client for Node.js
 * (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 */

import fs from 'node:fs';
import { HIGH_WATER_MARK, STREAMING, UnhandledPromiseRejection, loadHandler } from './node_loader.mjs';
import { describe, hasCallbacks, logError, patchConsole, setRequestId, writeFully } from './node_log.mjs';
import { redirectNetwork } from './node_network.mjs';
import { keepQuiet, tellSdks } from './node_sdk.mjs';

const CHANNEL_FD = Number(process.argv[2]);
const BASE = '/2018-06-01/runtime';
const GET_NEXT = Buffer.from(`GET ${BASE}/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n`);
const ACCEPTED = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n',
);
const READ_BYTES = 65536;
const EXIT_INIT = 1;
const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

process.argv.splice(2);

class NodeJsExit extends Error {}
NodeJsExit.prototype.name = 'Runtime.NodeJsExit';

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

function more() {
  const count = read(chunk);
  received = Buffer.concat([received, chunk.subarray(0, count)]);
}

function receive() {
  let end;
  while ((end = received.indexOf('\r\n\r\n')) < 0) more();
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
  for (; unreadAnswers; unreadAnswers -= 1) {
    if (received.length === 0) more();
    if (received.subarray(0, ACCEPTED.length).equals(ACCEPTED)) received = received.subarray(ACCEPTED.length);
    else receive();
  }
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

// Streaming ----------------------------------------------------------------------------------------------------------

const HttpResponseStream = {
  /** Status code, headers and cookies travel before the body: JSON, then eight zero bytes. */
  from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    const text = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(new Uint8Array(8));
    };
    return stream;
  },
};

function provideGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream,
  };
}

// Serving ------------------------------------------------------------------------------------------------------------

let onEmptyLoop;
let openStream;
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
    const error = new Error('Unable to stringify response body');
    if (!hasCallbacks) error.name = 'Runtime.JSONStringifyError';
    throw error;
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
  const { headers, body, id } = begin();
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

/** Node.js 24 and later: whatever the handler returns is awaited, and there is no other way to answer. */
async function serveOnceAwaiting(handler, scheduleNext) {
  const { headers, body, id } = begin();
  try {
    const result = await handler(JSON.parse(body.toString('utf8')), contextData(headers));
    post(`/invocation/${id}/response`, serialize(result), { 'Content-Type': 'application/json' });
  } catch (error) {
    logError('Invoke Error', error);
    postError(`/invocation/${id}/error`, error);
  }
  scheduleNext();
}

async function serveOnceStreaming(handler, scheduleNext) {
  const { headers, body, id } = begin();
  const highWaterMark = parseInt(handler[HIGH_WATER_MARK]) || undefined;
  const { stream, ended, fail } = openStream(`${BASE}/invocation/${id}/response`, highWaterMark);
  const context = hasCallbacks ? { callbackWaitsForEmptyEventLoop: true } : {};
  onEmptyLoop = scheduleNext;
  try {
    const result = handler(JSON.parse(body.toString('utf8')), stream, Object.assign(context, contextData(headers)));
    if (typeof result?.then !== 'function') throw streamError('Streaming does not support non-async handlers.');
    if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
    await ended;
    if (!stream.writableFinished) throw streamError('Response stream is not finished.');
  } catch (error) {
    logError('Invoke Error', error);
    await fail(error);
  }
  onEmptyLoop = undefined;
  if (context.callbackWaitsForEmptyEventLoop) onEmptyLoop = () => setImmediate(scheduleNext);
  else scheduleNext();
}

const streamError = (text) => (hasCallbacks ? text : new Error(text));

/** Wait for an invocation and make it the current one. */
function begin() {
  const { headers, body } = next();
  const id = headers['lambda-runtime-aws-request-id'];
  setRequestId(id);
  onCrash = (error) => postError(`/invocation/${id}/error`, error);
  if (headers['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  else delete process.env._X_AMZN_TRACE_ID;
  return { headers, body, id };
}

function crash(what, error, status) {
  logError(what, error);
  onCrash(error);
  flush();
  process.exit(status);
}

/** What nobody catches: the older runtimes answer with it, the newer ones leave it to Node.js, which ends. */
function catchTheRest() {
  process.on('uncaughtException', (error) => crash('Uncaught Exception', error, EXIT_EXCEPTION));
  process.on('unhandledRejection', (reason) => {
    crash('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason), EXIT_REJECTION);
  });
  process.on('beforeExit', () => {
    const act = onEmptyLoop;
    onEmptyLoop = undefined;
    act?.();
  });
}

/** Where a debugger is wanted, wait until one has attached; Node says on standard error where it listens. */
async function waitForDebugger() {
  const port = process.env._STRATOLITE_DEBUG_PORT;
  if (port === undefined) return;
  delete process.env._STRATOLITE_DEBUG_PORT;
  const { default: inspector } = await import('node:inspector');
  inspector.open(Number(port), '127.0.0.1', true);
}

/** Lead what the function sends to AWS's hosts to the local cloud, except for those that it may reach. */
function pointHere() {
  const { _STRATOLITE_ENDPOINT: endpoint, _STRATOLITE_REAL_AWS: realHosts } = process.env;
  delete process.env._STRATOLITE_ENDPOINT;
  delete process.env._STRATOLITE_REAL_AWS;
  if (!endpoint) return;
  redirectNetwork(endpoint, realHosts);
  tellSdks(endpoint);
  keepQuiet();
}

async function main() {
  patchConsole();
  provideGlobals();
  pointHere();
  if (hasCallbacks) catchTheRest();
  await waitForDebugger();
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    crash(...(hasCallbacks ? ['Uncaught Exception', error, EXIT_EXCEPTION] : ['Init Error', error, EXIT_INIT]));
  }
  if (handler[STREAMING]) ({ openStream } = await import('./node_stream.mjs'));
  const serve = handler[STREAMING] ? serveOnceStreaming : hasCallbacks ? serveOnce : serveOnceAwaiting;
  const scheduleNext = () => setImmediate(() => serve(handler, scheduleNext));
  scheduleNext();
}

main();
