"""JavaScript files as values: a Node process a file, asked over two pipes of its own.

Owns: the process and its protocol (one JSON document a line). May not: know what a variable means; the caller hands
in how to resolve one. Costs about 40 ms a file, which is Node's start.
"""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from stratolite.core.errors import UserError

SCRIPT_S_MAX = 30
LINE_BYTES_MAX = 16 * 1024 * 1024
REQUESTS_MAX = 10_000

_PROGRAM = r"""
const fs = require('fs'), readline = require('readline'), { pathToFileURL } = require('url');
const [file, address, options] = process.argv.slice(1);
const lines = readline.createInterface({ input: fs.createReadStream(null, { fd: 3 }) });
const waiting = [];
lines.on('line', (line) => {
  const answer = JSON.parse(line), { done, fail } = waiting.shift();
  'error' in answer ? fail(new Error(answer.error)) : done(answer.value);
});
const send = (message) => fs.writeSync(4, JSON.stringify(message) + '\n');
const ask = (message) => new Promise((done, fail) => { waiting.push({ done, fail }); send(message); });
const load = async () => {
  if (file.endsWith('.mjs')) return import(pathToFileURL(file));
  try { return require(file); }
  catch (error) { if (error.code === 'ERR_REQUIRE_ESM') return import(pathToFileURL(file)); throw error; }
};
(async () => {
  let value = await load();
  if (value && value[Symbol.toStringTag] === 'Module' && 'default' in value) value = value.default;
  const context = {
    options: JSON.parse(options),
    resolveVariable: (text) => ask({ variable: text }),
    resolveConfigurationProperty: (path) => ask({ property: path }),
  };
  if (typeof value === 'function') value = await value(context);
  for (const key of address ? address.split('.') : []) {
    if (value === undefined || value === null) break;
    value = value[key];
    if (typeof value === 'function') value = await value(context);
  }
  value = await value;
  send({ value: value === undefined ? null : value });
})().catch((error) => send({ error: String((error && error.message) || error) })).finally(() => process.exit(0));
"""

Ask = Callable[[dict[str, Any]], Any]


def evaluate(path: Path, address: str, options: Mapping[str, str], env: Mapping[str, str], ask: Ask) -> Any:
    """What a JavaScript file exports, at ``address``; functions are called with ``options`` and ``resolveVariable``.

    ``ask`` answers what the file wants resolved: ``{"variable": "sls:stage"}`` or ``{"property": ["custom", "x"]}``.
    Raises UserError when Node is missing, when the file throws, or after SCRIPT_S_MAX.
    """
    node = shutil.which("node", path=env.get("PATH"))
    if node is None:
        raise UserError(
            "the file is JavaScript and no Node.js is on the PATH", where=str(path), todo="Install Node.js 18 or newer."
        )
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    # The child sees its ends as descriptors 3 and 4, whatever the file prints on its own output.
    shell = f'exec 3<&{their_in} 4>&{their_out}; exec "$0" "$@"'
    child = subprocess.Popen(
        ["/bin/sh", "-c", shell, node, "-e", _PROGRAM, "--", str(path), address, json.dumps(dict(options))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=path.parent,
        env=dict(env),
        pass_fds=(their_in, their_out),
    )
    os.close(their_in)
    os.close(their_out)
    alarm = threading.Timer(SCRIPT_S_MAX, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        with os.fdopen(our_out, "w") as writer, os.fdopen(our_in) as reader:
            return _talk(path, reader, writer, ask)
    finally:
        alarm.cancel()
        child.kill()
        child.wait()


def _talk(path: Path, reader: TextIO, writer: TextIO, ask: Ask) -> Any:
    for _ in range(REQUESTS_MAX):
        line = reader.readline(LINE_BYTES_MAX)
        if not line.endswith("\n"):
            raise UserError(
                f"the file gave no value (it ended, took longer than {SCRIPT_S_MAX} s or is too large)", where=str(path)
            )
        message = json.loads(line)
        if "value" in message:
            return message["value"]
        if "error" in message:
            raise UserError(f"the file failed: {message['error']}", where=str(path))
        try:
            answer = {"value": ask(message)}
        except UserError as error:
            answer = {"error": error.what}
        try:
            writer.write(json.dumps(answer) + "\n")
            writer.flush()
        except BrokenPipeError as error:
            raise UserError("the file ended before its value was known", where=str(path)) from error
    raise UserError(f"the file asks for more than {REQUESTS_MAX} variables", where=str(path))
