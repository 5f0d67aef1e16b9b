/**
 * Streamed responses: a request to the Runtime API whose body the function writes while it runs.
 *
 * Loaded only for functions that `awslambda.streamifyResponse` has marked. The request goes over a connection of its own,
 * which does not block: a reader that is slow is felt by the function as back-pressure of a stream. What the function sees
 * of the request, and when its pieces leave, is as in AWS's runtime interface client, `ResponseStream.js`.
 */

import http from 'node:http';
import { describe, named } from './node_log.mjs';

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';
const METHODS = ['cork', 'destroy', 'end', 'uncork', 'write', 'addListener', 'emit', 'eventNames', 'getMaxListeners'];
METHODS.push('listenerCount', 'listeners', 'off', 'on', 'once', 'prependListener', 'prependOnceListener');
METHODS.push('rawListeners', 'removeAllListeners', 'removeListener', 'setMaxListeners', 'setContentType');
const FIELDS_TO_SET = ['destroyed', 'writable', '_onBeforeFirstWrite'];
const FIELDS = ['writableFinished', 'writableObjectMode', 'writableBuffer', 'writableEnded', 'writableNeedDrain'];
FIELDS.push('writableHighWaterMark', 'writableCorked', 'writableLength', ...FIELDS_TO_SET);

const InvalidStreamingOperation = named('InvalidStreamingOperation');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** Of a request, what a function may see: a writable stream. */
function writableOnly(request) {
  const stream = Object.fromEntries(METHODS.map((name) => [name, request[name].bind(request)]));
  for (const name of FIELDS) {
    const set = FIELDS_TO_SET.includes(name) ? (value) => (request[name] = value) : undefined;
    Object.defineProperty(stream, name, { get: () => request[name], set });
  }
  return stream;
}

/** The stream of an invocation, a promise that the platform has all of it, and `fail`, which ends it with an error. */
export function openStream(path, highWaterMark) {
  let isBegun = false;
  let request;
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
  const headers = {
    'Lambda-Runtime-Function-Response-Mode': 'streaming',
    Trailer: [ERROR_TYPE, ERROR_BODY],
    'Content-Type': 'application/octet-stream',
  };
  const ended = new Promise((resolve, reject) => {
    request = http.request({ host, port, path, method: 'POST', headers, agent, highWaterMark }, (response) => {
      response.on('end', resolve);
      response.on('aborted', reject);
      response.resume();
    });
    request.on('error', reject);
  });
  ended.catch(() => {}); // Awaited only by a function that comes to its end.
  const write = request.write.bind(request);
  request.setContentType = (contentType) => {
    if (isBegun) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    request.setHeader('Content-Type', contentType);
  };
  request.write = (data, encoding, callback) => {
    const isPlain = typeof data === 'string' || data instanceof Uint8Array;
    if (!isBegun) request._onBeforeFirstWrite?.((first) => write(first));
    isBegun = true;
    return write(isPlain ? data : JSON.stringify(data), encoding, callback);
  };
  const fail = (error) => {
    const described = describe(error);
    request.addTrailers({
      [ERROR_TYPE]: described.errorType.replaceAll(/[^\x20-\x7e]/g, '?'),
      [ERROR_BODY]: Buffer.from(JSON.stringify(described)).toString('base64'),
    });
    request.end();
    return ended.catch(() => {});
  };
  return { stream: writableOnly(request), ended, fail };
}
