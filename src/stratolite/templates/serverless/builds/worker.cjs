/**
 * A build process that is kept: asks a tool's module (esbuild.cjs, webpack.cjs, tsc.cjs) again and again.
 *
 * Each line of standard input is a question in JSON, each line on descriptor 3 its answer: what `build(asked)` of the
 * module gives, or {errors}. Whatever configurations print stays on their own output. The process ends with its input.
 * A module that was loaded from the project and has changed since cannot be loaded again here: {stale: true} is the
 * answer then, and whoever asked starts another process.
 */

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

const { build, close } = require(path.resolve(__dirname, process.argv[2]));
const loaded = new Map();

function stamp(file) {
  try {
    const { mtimeMs, size } = fs.statSync(file);
    return `${mtimeMs} ${size}`;
  } catch {
    return '';
  }
}

/** Remember the project's own modules that are loaded: configurations and what they need. */
function remember(more = []) {
  for (const file of [...Object.keys(require.cache), ...more]) {
    const isOwn = !file.includes(`${path.sep}node_modules${path.sep}`) && path.dirname(file) !== __dirname;
    if (isOwn && !loaded.has(file)) loaded.set(file, stamp(file));
  }
}

function send(answer) {
  const data = Buffer.from(`${JSON.stringify(answer)}\n`);
  for (let sent = 0; sent < data.length;) {
    try {
      sent += fs.writeSync(3, data, sent);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

/** An error with its place, as people read it: the frames of the tools below it say nothing to them. */
function said(error) {
  const lines = String((error && error.stack) || error).split('\n');
  const own = lines.filter((line) => !/^ +at /.test(line) || !/node_modules|node:internal|\.cjs:\d/.test(line));
  return own.join('\n');
}

async function answer(line) {
  if ([...loaded].some(([file, known]) => stamp(file) !== known)) return { stale: true };
  try {
    return { ...(await build(JSON.parse(line), remember)), loaded: [...loaded.keys()] };
  } catch (error) {
    return { errors: [said(error)], loaded: [...loaded.keys()] };
  } finally {
    remember();
  }
}

let turn = Promise.resolve();
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    turn = turn.then(() => answer(line)).then(send);
  })
  .on('close', () => turn.then(close).finally(() => process.exit(0)));
