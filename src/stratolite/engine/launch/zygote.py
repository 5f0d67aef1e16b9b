"""The server's side of a launcher program (``engine/zygote.py``): starts it, asks it for processes, hears their ends.

One launcher serves many environments. It costs a process of its own (about 10 MB, or 40 MB with the AWS SDK loaded)
and a fork per environment (2 to 8 ms). When it dies, everything that it started dies with it.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stratolite.core.entropy import Entropy
from stratolite.engine.interpreters import own_python
from stratolite.engine.launch.process import Process, Start
from stratolite.engine.model import LaunchFailed
from stratolite.engine.places import BOOTSTRAPS

PROGRAM = Path(__file__).parent.parent / "zygote.py"
PRELOADED = ("boto3", "boto3.session", "botocore.client", "botocore.httpsession", "botocore.endpoint", "logging.config")
"""What a Python zygote imports before it forks: the SDK that AWS's runtime bundles."""
KILLED = 9
STOP_S_MAX = 5
"""How long a launcher may take to end after its control socket has closed."""
ERROR_TEXT_CHARS_MAX = 2000


class Launcher:
    """A launcher program, started on first use: a zygote of the Python ``program``, or one that only execs.

    ``runtime`` is a folder of links to the SDK, which a zygote loads, named by the language. Its sandboxes have their
    own view of the file system, without the ``hidden`` folders, unless these are None or the machine does not allow it.
    """

    def __init__(
        self,
        program: Path | None,
        runtime: Path,
        work: Path,
        hidden: Sequence[Path] | None,
        entropy: Entropy,
        launch_s_max: float,
    ) -> None:
        self._interpreter = str(program or sys.executable)
        name = f"zygote-{program.name}" if program is not None else f"launcher-{runtime.name}"
        self._log_file = work / f"{name}.log"
        self._config = self._configuration(program, runtime, work, hidden)
        self._entropy = entropy
        self._launch_s_max = launch_s_max
        self._popen: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: asyncio.Future[None] | None = None
        self._sending = asyncio.Lock()
        self._buffer = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._spawning: dict[str, asyncio.Future[Process]] = {}
        self._processes: dict[int, Process] = {}
        self.modules: frozenset[str] = frozenset()
        """Top-level modules that a fork of it has already loaded."""
        self.is_isolated = False
        """Whether its sandboxes have their own view of the file system."""
        self.isolation_refusal = ""
        """Why not."""

    @staticmethod
    def _configuration(
        program: Path | None, runtime: Path, work: Path, hidden: Sequence[Path] | None
    ) -> dict[str, Any]:
        """What ``zygote.py`` is told on its command line."""
        config: dict[str, Any] = {"pycache": os.path.realpath(work / "pycache" / "zygote")}
        if program is not None:
            config["bootstrap"] = str(BOOTSTRAPS / "python.py")
            config["sdk"] = str(runtime)
            config["modules"] = PRELOADED
            # The SDK lies beside our own interpreter, with its bytecode.
            config["is_compiled"] = program == own_python()
        if hidden is not None:
            root = work / "root"
            root.mkdir(parents=True, exist_ok=True)
            config["isolation"] = {
                "module": str(PROGRAM.parent / "isolation.py"),
                "root": str(root.resolve()),
                "hidden": [str(folder.resolve()) for folder in hidden],
                "rapid": str(BOOTSTRAPS),
                "sdk": str(runtime),
                "has_packages": runtime.name == "node",
            }
        return config

    @property
    def pid(self) -> int | None:
        """The launcher's own process, once it has been started."""
        return self._popen.pid if self._popen is not None else None

    @property
    def is_dead(self) -> bool:
        """Whether it has ended; a dead launcher stays dead."""
        return self._popen is not None and self._control is None

    async def start(self) -> None:
        """Start the program and wait until it serves. Raises LaunchFailed."""
        if self._ready is None:
            self._launch()
        assert self._ready is not None
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), self._launch_s_max)
        except TimeoutError:
            await self.close()
            raise LaunchFailed(f"{self._interpreter} did not start within {self._launch_s_max:g} s") from None

    def _launch(self) -> None:
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        ours, theirs = socket.socketpair()
        config = json.dumps({"control": theirs.fileno(), **self._config})
        argv = [self._interpreter, "-I", "-S", "-X", "utf8", str(PROGRAM), config]
        try:
            with self._log_file.open("wb") as log:
                self._popen = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self._log_file.parent)},
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            self._ready = None
            raise LaunchFailed(f"{argv[0]} cannot be started: {error}") from error
        finally:
            theirs.close()
        ours.setblocking(False)
        self._control = ours
        loop.add_reader(ours.fileno(), self._readable)

    async def spawn(self, start: Start, descriptors: Sequence[int]) -> Process:
        """A new process with ``descriptors`` (log pipe, then perhaps the runtime channel). Raises LaunchFailed."""
        await self.start()
        token = self._entropy.hexadecimal(16)
        spawned: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self._spawning[token] = spawned
        request = {
            "spawn": token,
            "descriptors": len(descriptors),
            "folder": start.folder,
            "environment": start.environment,
            "argv": start.argv,
            "path": start.path,
            "bytecode": start.bytecode,
            "pycache": start.pycache,
            "mounts": dict(start.mounts),
        }
        try:
            await self._send(request, descriptors)
            return await spawned
        finally:
            self._spawning.pop(token, None)

    async def _send(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        body = json.dumps(request).encode()
        data = len(body).to_bytes(4, "big") + body
        async with self._sending:
            control = self._control
            if control is None:
                raise LaunchFailed(self._reason())
            loop = asyncio.get_running_loop()
            try:
                sent = 0
                while sent == 0:
                    try:
                        sent = socket.send_fds(control, [data], list(descriptors))
                    except BlockingIOError:
                        await self._writable(control)
                await loop.sock_sendall(control, data[sent:])
            except OSError as error:
                raise LaunchFailed(self._reason()) from error

    @staticmethod
    async def _writable(control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_writer(control.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_writer(control.fileno())

    def _readable(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._heard(json.loads(line))

    def _heard(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.modules = frozenset(message["modules"])
            self.isolation_refusal = message["refusal"]
            self.is_isolated = "isolation" in self._config and not self.isolation_refusal
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
        elif "spawned" in message:
            process = Process(message["pid"], self._kill)
            self._processes[process.pid] = process
            spawned = self._spawning.get(message["spawned"])
            if spawned is None or spawned.done():
                process.kill()  # Whoever asked for it has gone away.
            else:
                spawned.set_result(process)
        else:
            process = self._processes.pop(message["exited"])
            process.exited(message["status"])

    def _kill(self, pid: int, number: int) -> None:
        self._tell({"kill": pid, "signal": number})

    def _tell(self, message: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._send_quietly(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_quietly(self, message: dict[str, Any]) -> None:
        try:
            await self._send(message)
        except LaunchFailed:
            return  # The launcher is dead, and its processes with it.

    def _lost(self) -> None:
        """The program has ended: so has all that it started."""
        self._close_control()
        reason = LaunchFailed(self._reason())
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(reason)
            self._ready.exception()  # Someone may wait for it, or nobody.
        for spawned in self._spawning.values():
            if not spawned.done():
                spawned.set_exception(reason)
        processes, self._processes = self._processes, {}
        for process in processes.values():
            process.exited(KILLED)

    def _close_control(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None

    def _reason(self) -> str:
        text = ""
        if self._log_file.exists():
            text = self._log_file.read_text(errors="replace")[-ERROR_TEXT_CHARS_MAX:].strip()
        return f"the launcher {self._interpreter} has ended" + (f":\n{text}" if text else "")

    async def close(self) -> None:
        """End the program and everything that it started; return when they are dead."""
        self._lost()
        popen = self._popen
        if popen is None:
            return
        try:
            await asyncio.to_thread(popen.wait, STOP_S_MAX)
        except subprocess.TimeoutExpired:
            popen.kill()
            await asyncio.to_thread(popen.wait)
