/**
 * AWS SDKs that know nothing of AWS_ENDPOINT_URL are pointed at the local cloud.
 *
 * Version 2 of the SDK for JavaScript is told when it is loaded, whatever folder it comes from; what a function sets
 * later, for all services or for one, wins. Everything else (a copy that a bundler has merged into the function's file,
 * an old version 3, a signing HTTP client) is known by its signature: a request that is signed with this sandbox's own
 * credentials can only be meant for the local cloud, because AWS has never heard of them. So can an answer that is put to
 * the address that CloudFormation gives to makers of custom resources: many of them speak HTTPS whatever it says. HTTPS
 * is loaded (15 ms) only by functions that do so themselves, or could.
 */

import Module, { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const load = Module._load;
const isInsideSdk = (name) => /[\\/]aws-sdk[\\/]/.test(name ?? '');
const ANSWERS = '/_cloudformation/response/';
let endpoint;
let isHttpsRedirected = false;

/** Point every AWS SDK of this process at a URL. */
export function redirectSdks(url) {
  endpoint = url;
  const told = new WeakSet();
  Module._load = function (request, parent, ...rest) {
    const loaded = load.call(this, request, parent, ...rest);
    if (request === 'https' || request === 'node:https') redirectHttps();
    // Its parts name one another in circles and replace the global configuration while they load, so version 2 is told
    // only once a module outside of it has what it asked for.
    if (/(^|[\\/])aws-sdk($|[\\/])/.test(request) && !isInsideSdk(parent?.filename)) tellVersion2(told);
    return loaded;
  };
}

function tellVersion2(told) {
  const defaults = { endpoint, s3ForcePathStyle: true };
  for (const [name, { exports }] of Object.entries(Module._cache)) {
    const isCore = isInsideSdk(name) && /[\\/]lib[\\/]core\.js$/.test(name);
    if (isCore && exports.config?.update && !told.has(exports.config)) {
      told.add(exports.config);
      exports.config.update(defaults);
      // A configuration that the function makes anew begins with these, too.
      Object.assign(exports.Config?.prototype.keys ?? {}, defaults);
    }
  }
}

/** Redirect signed requests, once; ES modules take built-in ones by a road that cannot be watched, so call it before. */
export function redirectHttps() {
  const accessKeyId = process.env.AWS_ACCESS_KEY_ID;
  if (!endpoint || !accessKeyId) return;
  if (isHttpsRedirected) return;
  isHttpsRedirected = true;
  const { hostname, port, protocol } = new URL(endpoint);
  const http = require('node:http');
  const https = require('node:https');
  const secure = https.request;
  const agent = new http.Agent({ keepAlive: true });
  https.request = function (...values) {
    const options = values[0];
    if (String(options?.href ?? options).startsWith(`${endpoint}${ANSWERS}`)) return http.request(...values);
    const host = String(options?.hostname ?? options?.host ?? '');
    if (host === hostname && String(options.path).startsWith(ANSWERS)) {
      return http.request({ ...options, protocol, host: hostname, port }, ...values.slice(1));
    }
    if (!/\.amazonaws\.com(\.cn)?$/.test(host) || !isSignedBy(options.headers, accessKeyId)) {
      return secure.apply(this, values);
    }
    const headers = { Host: host, ...options.headers };
    return http.request({ ...options, headers, protocol, hostname, host: hostname, port, agent }, ...values.slice(1));
  };
  https.get = function (...values) {
    const request = https.request(...values);
    request.end();
    return request;
  };
  syncBuiltinESMExports();
}

function isSignedBy(headers, accessKeyId) {
  const name = Object.keys(headers ?? {}).find((each) => each.toLowerCase() === 'authorization');
  return name !== undefined && String(headers[name]).includes(`Credential=${accessKeyId}/`);
}
