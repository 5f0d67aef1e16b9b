/**
 * Version 2 of the SDK for JavaScript, which knows nothing of AWS_ENDPOINT_URL, is pointed at the local cloud; version
 * 3 keeps to itself what it thinks of the version of Node.
 *
 * It is told when it is loaded, whatever folder it comes from, so that URLs which it makes (presigned ones, of queues)
 * lead here from anywhere; what a function sets later, for all services or for one, wins. A copy that a bundler has
 * merged into the function's file sends to AWS's hosts, which `node_network.mjs` catches.
 */

import Module from 'node:module';

const isInsideSdk = (name) => /[\\/]aws-sdk[\\/]/.test(name ?? '');

/** Point every copy of version 2 in this process at a URL. */
export function tellSdks(endpoint) {
  const load = Module._load;
  const told = new WeakSet();
  Module._load = function (request, parent, ...rest) {
    const loaded = load.call(this, request, parent, ...rest);
    // Its parts name one another in circles and replace the global configuration while they load, so version 2 is told
    // only once a module outside of it has what it asked for.
    if (/(^|[\\/])aws-sdk($|[\\/])/.test(request) && !isInsideSdk(parent?.filename)) tell(endpoint, told);
    return loaded;
  };
}

/** The version of Node is that of this machine: what version 3 says of it is no news of a function. */
export function keepQuiet() {
  const emit = process.emitWarning;
  process.emitWarning = function (warning, ...rest) {
    if (!String(warning?.message ?? warning).startsWith('NodeVersionSupportWarning')) emit.call(this, warning, ...rest);
  };
}

function tell(endpoint, told) {
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
