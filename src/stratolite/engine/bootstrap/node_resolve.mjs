/**
 * ES modules know nothing of NODE_PATH; from nodejs18.x on AWS has them look there, and here all runtimes do.
 *
 * Needed where the folders of NODE_PATH are not above /var/task anyway: with layers, or without namespaces. What is
 * registered runs in a thread of its own, which costs 30 ms of a cold start: functions without ES modules do without.
 */

import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const NEAR = ['/var/node_modules', '/node_modules'];
let parents = [];

function identity(folder) {
  const { dev, ino } = fs.statSync(folder);
  return `${dev}:${ino}`;
}

/** The folders of packages that NODE_PATH names, that hold something, and that no module of the function finds by itself. */
function hiddenFolders() {
  const isFilled = (folder) => fs.existsSync(folder) && fs.readdirSync(folder).length > 0;
  const folders = (process.env.NODE_PATH ?? '').split(path.delimiter);
  const near = process.env.LAMBDA_TASK_ROOT === '/var/task' ? NEAR.filter(isFilled).map(identity) : [];
  const isPackages = (folder) => folder.endsWith('/node_modules') && isFilled(folder);
  return folders.filter((folder) => isPackages(folder) && !near.includes(identity(folder)));
}

/** Have ES modules look where NODE_PATH leads, if that is anywhere. */
export function followNodePath() {
  const folders = hiddenFolders();
  if (folders.length && module.register) module.register(import.meta.url, { data: { folders } });
}

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
