/**
 * Errors as AWS's runtime shows them, and the console as it writes it: one event a call, in text or JSON.
 */

import fs from 'node:fs';
import util from 'node:util';

const WAIT_MS = 1;
/** Joins the lines of one message, which becomes one event with its line ends again. */
const JOIN = '\x1d';
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Node.js 24's runtime is a new one: no callbacks, `await` for every handler, Node's own end for what nobody catches. */
export const hasCallbacks = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1] ?? 22) < 24;
let requestId = hasCallbacks ? undefined : '-';

/** The invocation that the log lines are of, from here on. */
export function setRequestId(id) {
  requestId = id;
}

/** A class of errors with a name of AWS's. */
export function named(name) {
  const kind = class extends Error {};
  kind.prototype.name = `Runtime.${name}`;
  return kind;
}

function looksLikeError(value) {
  return value && [value.name, value.message, value.stack].every((part) => part && typeof part === 'string');
}

/** The error object that AWS answers with. */
export function describe(error) {
  const clean = (text) => text.replaceAll('\x7f', '%7F');
  try {
    if (util.types.isNativeError(error) || looksLikeError(error)) {
      return { errorType: clean(error.name), errorMessage: clean(error.message), trace: clean(error.stack).split('\n') };
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

/** Write all of a buffer, waiting where the reader is slow. */
export function writeFully(descriptor, buffer) {
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
  const text = isJson
    ? jsonLine(level, values)
    : `${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...values)}`;
  writeFully(1, Buffer.from(`${text.replace(/\n/g, JOIN)}\n`));
}

/** Make the console write as AWS's does. */
export function patchConsole() {
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

/** The platform's own note of an error: `what` is "Invoke Error", "Uncaught Exception" ... */
export function logError(what, error) {
  const shown = error instanceof Error ? error : new Error(error);
  logAt('ERROR', isJson ? [shown] : [what, forLog(shown)]);
}
