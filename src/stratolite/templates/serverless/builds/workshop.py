"""Build processes that are kept from one build to the next, so that an edit costs what it changed.

Each is Node with one of our programs (``worker.cjs`` and a tool's own), in a project's folder, asked in lines of JSON.
It ends with the workshop, and by itself when whoever asks it dies. ``up`` keeps one workshop as long as it runs; who
builds once has one for that time.
"""

import contextlib
import json
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from stratolite.templates.serverless.builds.tool import BUILD_S_MAX, failed
from stratolite.templates.serverless.node_program import node_program

PROCESSES_MAX = 4
SAID_BYTES_MAX = 64 * 1024
ENDED_S_MAX = 5
WORKER = Path(__file__).parent / "worker.cjs"


class Workshop:
    """Asks build processes, and starts those that are not there. A context manager, which ends them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Path, tuple[str, ...]], _Process] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of those that are kept."""
        return tuple(one.pid for one in self._kept.values())

    def close(self) -> None:
        """End all processes."""
        while self._kept:
            self._kept.popitem()[1].close()

    def build(
        self, name: str, program: Path, folder: Path, asked: Mapping[str, Any], flags: Sequence[str] = ()
    ) -> dict[str, Any]:
        """What a tool's program answers, in the project's folder. ``flags`` are Node's own.

        Raises UserError with what the tool says, without Node, and after BUILD_S_MAX.
        """
        with self._lock:
            answer = self._process(name, program, folder, flags).ask(asked)
            if answer.get("stale"):
                # What it has loaded was edited.
                self._forget(program, folder, flags)
                answer = self._process(name, program, folder, flags).ask(asked)
            if not answer:
                said = self._forget(program, folder, flags)
                raise failed(name, folder, said or f"it ended, or took longer than {BUILD_S_MAX} s, without saying why")
        if answer["errors"]:
            raise failed(name, folder, "\n".join(map(str, answer["errors"])))
        return answer

    def _process(self, name: str, program: Path, folder: Path, flags: Sequence[str]) -> "_Process":
        key = (program.name, folder.resolve(), tuple(flags))
        if key not in self._kept:
            while len(self._kept) >= PROCESSES_MAX:
                self._kept.popitem(last=False)[1].close()
            self._kept[key] = _Process(name, program, folder, flags)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _forget(self, program: Path, folder: Path, flags: Sequence[str]) -> str:
        """End a process; the end of what it said."""
        return self._kept.pop((program.name, folder.resolve(), tuple(flags))).close()


class _Process:
    def __init__(self, name: str, program: Path, folder: Path, flags: Sequence[str]) -> None:
        node = node_program(None, f"{name} builds the handlers", str(folder))
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process.
        # Answers have a descriptor of their own, whatever a configuration prints.
        answers = 'exec "$0" "$@" 3>&1 1>&2'
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", answers, node, *flags, str(WORKER), program.name],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            # Ctrl-C is for whoever keeps it: it ends with its input.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """An answer; an empty one when the process ends or takes too long."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        alarm = threading.Timer(BUILD_S_MAX, self._child.kill)
        alarm.daemon = True
        alarm.start()
        try:
            self._child.stdin.write(json.dumps(asked) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except BrokenPipeError:
            return {}
        finally:
            alarm.cancel()
        answer: dict[str, Any] = json.loads(line) if line.endswith("\n") else {}
        return answer

    def close(self) -> str:
        """End the process; the end of what it said."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            self._child.wait(ENDED_S_MAX)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        with self._said:
            self._said.seek(max(0, self._said.seek(0, 2) - SAID_BYTES_MAX))
            return self._said.read().decode("utf-8", "replace").strip()
