"""JavaScript and TypeScript files as values: one Node process for all of them, asked over two pipes of its own.

Owns: the process (``scripts.cjs``) and its protocol (one JSON document a line). May not: know what a variable means;
the caller hands in how to resolve one. Costs about 40 ms for the first file, which is Node's start, and a millisecond
for each further. What a file prints goes to standard error.
"""

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from stratolite.core.errors import UserError
from stratolite.templates.serverless.node_program import node_program
from stratolite.templates.serverless.variables.stand_in import MISSING

SCRIPT_S_MAX = 30
LINE_CHARACTERS_MAX = 16 * 1024 * 1024
REQUESTS_MAX = 10_000
ERROR_LINES_MAX = 3
"""How much is shown of what a file threw."""
RUNS_MAX = 50
"""How often a file is run that fails for want of variables: each run may get as far as the next one."""

_WORD = re.compile(r"\w+")
_PROGRAM = Path(__file__).with_suffix(".cjs")

Ask = Callable[[dict[str, Any]], Any]
"""Answers what a file wants: ``{"variable": "sls:stage"}``, ``{"property": ["custom", "x"]}``, ``{"text": "${..}"}``.

Raises UserError, whose text is the file's rejection.
"""


class Scripts:
    """Evaluates files, starting Node for the first. A context manager, which ends Node."""

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, Any],
        environment: Mapping[str, str],
        esbuild: Path | None = None,
    ) -> None:
        """``esbuild`` reads TypeScript where the project has nothing that can."""
        self._folder = folder
        self._esbuild = esbuild
        self._options = options
        self.environment = environment
        self.service: Mapping[str, Any] = {}
        """The service as it is written, which functions of older files look into."""
        self.stand_in: Callable[[str], str] | None = None
        """What is given for a variable of the environment without which a file fails; nothing where it is None."""
        self.stood_in: dict[Path, list[str]] = {}
        """The variables, by file, for which that was given."""
        self.given: set[str] = set()
        """The texts that were given."""
        self.read: list[Path] = []
        """The project's own files that were run, those included that others require."""
        self._child: subprocess.Popen[bytes] | None = None
        self._writer: TextIO | None = None
        self._reader: TextIO | None = None
        self._alarm: threading.Timer | None = None
        self._evaluated: dict[int, dict[str, Any]] = {}
        self._requests = 0

    def __enter__(self) -> "Scripts":
        return self

    def __exit__(self, *_: object) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        for stream in (self._writer, self._reader):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def evaluate(self, file: Path, address: str | None, ask: Ask) -> Any:
        """What a file exports, at ``address``; functions are called with ``options`` and ``resolveVariable``.

        Raises UserError when Node is missing, when the file throws, or after SCRIPT_S_MAX.
        """
        if self._child is None:
            self._start(file)
        for _ in range(RUNS_MAX):
            message = self._answer(file, address, ask)
            if "error" not in message:
                self.read = [Path(each) for each in message["read"]]
                return message["value"]
            lacking = self._lacking(message, file)
            if not lacking:
                break
            self._send({"environment": lacking}, file)
        unset = ", ".join(message["unset"])
        raise UserError(
            f"the file failed: {_shortened(message['error'])}",
            where=str(file),
            todo=f"It asks for variables of the environment that are not set: {unset}." if unset else "",
        )

    def _lacking(self, failure: dict[str, Any], file: Path) -> dict[str, str]:
        """What stands for variables that nobody has given yet: for those that the error names, or else for all."""
        unset = failure["unset"]
        if self.stand_in is None or not unset:
            return {}
        names = self.stood_in.setdefault(file, [])
        words = set(_WORD.findall(failure["error"]))
        wanted = [name for name in unset if name in words] or unset
        lacking = {name: self.stand_in(name) for name in wanted if name not in names}
        names += lacking
        self.given |= {text for text in lacking.values() if text.startswith(MISSING)}
        return lacking

    def _answer(self, file: Path, address: str | None, ask: Ask) -> dict[str, Any]:
        self._requests += 1
        number = self._requests
        self._send({"evaluate": number, "file": str(file), "address": address}, file)
        while number not in self._evaluated:
            message = self._receive(file)
            if "evaluated" in message:
                self._evaluated[message["evaluated"]] = message
                continue
            self._requests += 1
            if self._requests > REQUESTS_MAX:
                raise UserError(f"the file asks for more than {REQUESTS_MAX} variables", where=str(file))
            # Answering may evaluate another file, whose answer this loop's messages then carry as well.
            try:
                answer = {"ask": message["ask"], "value": ask(message)}
            except UserError as error:
                answer = {"ask": message["ask"], "error": error.what}
            self._send(answer, file)
        return self._evaluated.pop(number)

    def _start(self, file: Path) -> None:
        node = node_program(self.environment, "the file is JavaScript", str(file))
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        # Descriptors of its own, whatever the file prints on its own output.
        ends = (str(their_in), str(their_out))
        self._child = subprocess.Popen(
            [node, str(_PROGRAM), *ends, *([str(self._esbuild)] if self._esbuild else [])],
            stdin=subprocess.DEVNULL,
            stdout=2,
            cwd=self._folder,
            env=dict(self.environment),
            pass_fds=(their_in, their_out),
        )
        os.close(their_in)
        os.close(their_out)
        self._writer, self._reader = os.fdopen(our_out, "w"), os.fdopen(our_in)
        self._alarm = threading.Timer(SCRIPT_S_MAX, self._child.kill)
        self._alarm.daemon = True
        self._alarm.start()
        self._send({"options": self._options, "service": self.service}, file)

    def _send(self, message: dict[str, Any], file: Path) -> None:
        assert self._writer is not None
        try:
            self._writer.write(json.dumps(message) + "\n")
            self._writer.flush()
        except BrokenPipeError as error:
            raise UserError("the file ended before its value was known", where=str(file)) from error

    def _receive(self, file: Path) -> dict[str, Any]:
        assert self._reader is not None
        line = self._reader.readline(LINE_CHARACTERS_MAX)
        if not line.endswith("\n"):
            raise UserError(
                f"the file gave no value (it ended, took longer than {SCRIPT_S_MAX} s or is too large)", where=str(file)
            )
        message = json.loads(line)
        assert isinstance(message, dict)
        return message


def _shortened(trace: str) -> str:
    """What a JavaScript file threw, without Node's own part of the stack."""
    lines = [line for line in trace.split("\n") if line.strip() and "(node:" not in line and "scripts.cjs" not in line]
    return "\n".join(lines[:ERROR_LINES_MAX])
