/**
 * ES modules know nothing of NODE_PATH; from nodejs18.x on AWS has them look there, and here all runtimes do.
 *
 * Needed where the folders of NODE_PATH are not above /var/task anyway: with layers, or without namespaces. What is
 * registered runs in a thread of its own, which costs 30 ms of a cold start: it is loaded by functions alone that need it.
 */

import { pathToFileURL } from 'node:url';

let parents = [];

/** Called in the thread of the hooks. */
export function initialize({ folders }) {
  parents = folders.map((folder) => pathToFileURL(folder.replace(/node_modules$/, 'none.mjs')).href);
}

const isPackage = (specifier) => !/^([./#]|[a-z]+:)/.test(specifier);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !isPackage(specifier)) throw error;
    for (const parentURL of parents) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch (other) {
        if (other.code !== 'ERR_MODULE_NOT_FOUND') throw other;
      }
    }
    throw error;
  }
}
