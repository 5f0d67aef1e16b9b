/**
 * What a function sends to AWS's hosts reaches the local cloud, whatever library sends it.
 *
 * SDKs follow AWS_ENDPOINT_URL until code names an endpoint. So connections are caught where all libraries make them:
 * `Socket.connect` leads one to a host of AWS here, and `tls.connect` gives it back without TLS, dressed as if it had
 * it. The request itself arrives as it was made, with its Host header and its signature. Only HTTP's own ports are
 * caught: a database on `rds.amazonaws.com` is the application's own affair.
 *
 * Nothing of the network is loaded for that (5 ms): these modules are changed when the function loads one of them,
 * calls `fetch`, or could load one by a road that cannot be watched, as ES modules do.
 */

import Module, { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const AWS = /\.(amazonaws\.com(\.cn)?|api\.aws|on\.aws)\.?$/i;
const PORTS = new Set([80, 443]);
const PLAIN = new Set(['http', 'net', 'node:http', 'node:net']);
const SECURE = new Set(['https', 'http2', 'tls', 'node:https', 'node:http2', 'node:tls']);
const ANSWERS = '/_cloudformation/response/';
const IS_HERE = Symbol('local cloud');
let endpoint;
let here;
let real;
let isPlainCaught = false;
let isSecureCaught = false;

/** Lead connections to the cloud at a URL, except those to `realHosts`: names with blanks between them, or `*`. */
export function redirectNetwork(url, realHosts = '') {
  const { hostname, port } = new URL(url);
  endpoint = url;
  here = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  real = new Set(realHosts.split(' '));
  watchModules();
  const { fetch } = globalThis;
  if (!fetch) return;
  globalThis.fetch = function (...values) {
    catchSecure();
    return fetch.apply(this, values);
  };
  Object.defineProperty(globalThis.fetch, 'name', { value: 'fetch' });
}

function watchModules() {
  const load = Module._load;
  Module._load = function (request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    if (SECURE.has(request)) catchSecure();
    else if (PLAIN.has(request)) catchPlain();
    return loaded;
  };
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, file, format, ...rest) {
    if (format === 'module' || (typeof content === 'string' && content.includes('import('))) catchSecure();
    return compile.call(this, content, file, format, ...rest);
  };
}

function leadsHere(host, port) {
  if (typeof host !== 'string') return false;
  if (host === here.host && Number(port) === here.port) return true;
  if (!PORTS.has(Number(port)) || !AWS.test(host)) return false;
  return !real.has('*') && !real.has(host.toLowerCase().replace(/\.$/, ''));
}

function catchPlain() {
  if (isPlainCaught || !here) return;
  isPlainCaught = true;
  const { Socket } = require('node:net');
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (...values) {
    // `net.connect` hands its arguments on in a list of its own: options first.
    const list = Array.isArray(values[0]) ? values[0] : values;
    const [first, second] = list;
    if (first !== null && typeof first === 'object') {
      if (!first.path && leadsHere(first.host, first.port)) list[0] = { ...first, ...here };
    } else if (leadsHere(second, first)) {
      [list[0], list[1]] = [here.port, here.host];
    }
    const options = typeof list[0] === 'object' ? list[0] : { port: list[0], host: list[1] };
    this[IS_HERE] = Number(options?.port) === here.port && options?.host === here.host;
    return connect.apply(this, values);
  };
}

/** From here on no TLS is spoken with the local cloud, which has none. ES modules that are loaded already see it. */
export function catchSecure() {
  if (isSecureCaught || !here) return;
  isSecureCaught = true;
  catchPlain();
  const tls = require('node:tls');
  const { connect } = tls;
  tls.connect = function (...values) {
    const options = optionsOf(values);
    const isHere = options.socket ? options.socket[IS_HERE] : !options.path && leadsHere(options.host, options.port);
    if (!isHere) return connect.apply(this, values);
    const listener = values[values.length - 1];
    return dressed(options, typeof listener === 'function' ? listener : undefined);
  };
  catchAnswers();
  syncBuiltinESMExports();
}

/** The arguments of `tls.connect`: `(options)`, `(port, host, options)`, each with a listener at the end, or not. */
function optionsOf([first, ...rest]) {
  if (first !== null && typeof first === 'object') return first;
  const more = rest.find((each) => each !== null && typeof each === 'object');
  const host = rest.find((each) => typeof each === 'string') ?? more?.host;
  return { ...more, port: first, host };
}

/** A plain connection that answers what is asked of one with TLS. */
function dressed(options, listener) {
  const { signal, timeout, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } = options;
  const given = { signal, timeout, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark };
  const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const socket = options.socket ?? require('node:net').connect({ ...wanted, ...here });
  const host = options.servername || options.host;
  Object.assign(socket, {
    encrypted: true,
    authorized: true,
    authorizationError: null,
    alpnProtocol: false,
    servername: host,
    getPeerCertificate: () => ({ subject: { CN: host }, subjectaltname: `DNS:${host}` }),
    getCipher: () => ({ name: 'TLS_AES_128_GCM_SHA256', standardName: 'TLS_AES_128_GCM_SHA256', version: 'TLSv1.3' }),
    getProtocol: () => 'TLSv1.3',
    getSession: () => undefined,
    isSessionReused: () => false,
    setServername: () => {},
  });
  if (listener) socket.once('secureConnect', listener);
  const tell = () => socket.emit('secureConnect');
  if (socket.connecting) socket.once('connect', tell);
  else process.nextTick(tell);
  return socket;
}

/** Many makers of custom resources speak HTTPS, and at port 443, whatever the address of the answer says. */
function catchAnswers() {
  const http = require('node:http');
  const https = require('node:https');
  const { request } = https;
  https.request = function (...values) {
    const [options] = values;
    if (String(options?.href ?? options).startsWith(`${endpoint}${ANSWERS}`)) return http.request(...values);
    if (String(options?.hostname ?? options?.host) !== here.host || !String(options.path).startsWith(ANSWERS)) {
      return request.apply(this, values);
    }
    const plain = { ...options, ...here, protocol: 'http:', hostname: here.host, agent: undefined };
    return http.request(plain, ...values.slice(1));
  };
  https.get = function (...values) {
    const request = https.request(...values);
    request.end();
    return request;
  };
}
