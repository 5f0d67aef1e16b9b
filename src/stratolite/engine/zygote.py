"""The launcher program: makes sandboxed processes, by fork or by exec, and reports their ends.

It runs by itself in the interpreter that a function names (3.7 or later), never inside the server, and imports
nothing of Stratolite. Two kinds: a *zygote* has the Python bootstrap and the AWS SDK loaded and forks; the plain
launcher only execs (Node, custom runtimes). Either way:

- every environment is a session and process group of its own;
- when an environment's first process ends, the rest of its group is killed, and the end is reported;
- what has left the group becomes a child of this program with that end (PR_SET_CHILD_SUBREAPER, Linux) and is killed;
- when the server goes away (its end of the control socket closes) all environments are killed and this program ends;
- when this program is killed, the kernel kills its children (PR_SET_PDEATHSIG, Linux).

Control protocol, over a stream socket: a 4-byte big-endian length and that much JSON; answers are lines of JSON.
A spawn request carries two descriptors (SCM_RIGHTS): the log pipe and the runtime channel, or one: the log pipe.
"""

# ruff: noqa: BLE001, SIM105 - a child never returns into the launcher's loop.
from __future__ import annotations

import array
import errno
import gc
import importlib.util
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CHANNEL_FD = 3
REQUEST_BYTES_MAX = 4 * 1024 * 1024
DESCRIPTORS_MAX = 4
FILES_MAX = 1024
"""Open files that an environment may have, as on AWS."""
SPARE_MOMENT_S = 0.05
"""After how long without a request a zygote uses the time to make later forks faster."""
SERVICE_DATA = ("service-2", "endpoint-rule-set-1")
COMMON_DATA = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


def load_module(name: str, path: str) -> ModuleType:
    """A file as a module of a name: the bootstrap is ``bootstrap``, as AWS's runtime has it."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def preload(names: list[str]) -> None:
    """Import what functions are likely to need. What cannot be imported here fails in the function, if it asks."""
    for name in names:
        try:
            __import__(name)
        except Exception:  # The SDK beside the server may be too new for an old interpreter.
            continue


def share_sdk_data() -> None:
    """Let each of botocore's loaders begin with what all of them read alike: which services there are, and where.

    Saves a fork that makes a client the look at 900 folders and 1 MB of JSON (40 ms here). A loader that searches other
    folders than botocore's own (AWS_DATA_PATH) begins empty, and what a fork does with its data is the fork's alone.
    """
    try:
        from botocore.loaders import Loader

        model = Loader()
        for type_name in SERVICE_DATA:
            model.list_available_services(type_name)
        for name in COMMON_DATA:
            model.load_data_with_path(name)
        known, paths, begin = model._cache, list(model.search_paths), Loader.__init__
    except Exception:  # No SDK here, or one that is built otherwise: then nothing is saved.
        return

    def begin_knowing(loader: Any, *arguments: Any, **named: Any) -> None:
        begin(loader, *arguments, **named)
        if loader.search_paths == paths:
            loader._cache.update(known)

    Loader.__init__ = begin_knowing


def freeze() -> None:
    """Keep what there is out of the garbage collector's sight, so that forks share its memory and never walk it."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def process_control() -> Callable[[int, int], object]:
    """The kernel's prctl, with one argument; inert where there is no such call."""
    if not sys.platform.startswith("linux"):
        return lambda option, value: None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda option, value: prctl(option, value, 0, 0, 0)


class Isolation:
    """The namespaces of sandboxes (``isolation.py``), where they are wanted and the machine allows them."""

    def __init__(self, config: dict[str, Any] | None) -> None:
        self.refusal = "they are not wanted"
        self.module: ModuleType | None = None
        self.guard: ModuleType | None = None
        if config is None:
            return
        self.guard = load_module("isolation", config["module"])
        try:
            self.guard.enter({**config, "needed": [sys.executable, os.__file__]})
        except OSError as error:
            self.refusal = str(error)
        else:
            self.refusal = ""
            self.module = self.guard

    def provide(self, mounts: dict[str, Any]) -> None:
        if self.module is not None:
            self.module.make_tmp(mounts)

    def file_bytes_max(self, mounts: dict[str, Any]) -> int:
        """What a file may have, where the file system itself does not limit it; 0 where it does."""
        is_limited = self.module is not None and mounts["tmp_mb"]
        return 0 if is_limited else mounts["file_mb"] * 1024 * 1024

    def confine(self, mounts: dict[str, Any]) -> None:
        if self.module is not None:
            self.module.confine(mounts)
        if self.guard is not None:
            self.guard.scope()


class Launcher:
    """Serves one control socket until it closes."""

    def __init__(self, control: socket.socket, bootstrap: ModuleType | None, isolation: Isolation) -> None:
        self.control = control
        self.bootstrap = bootstrap
        self.isolation = isolation
        self.children: set[int] = set()
        self.buffer = b""
        self.descriptors: list[int] = []
        self.pid = os.getpid()
        self.prctl = process_control()
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_write, False)
        os.set_blocking(self.wake_read, False)

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        self.prctl(PR_SET_CHILD_SUBREAPER, 1)
        # A Ctrl-C goes to the whole foreground group; the server decides about the end, not the terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        modules = sorted({name.split(".")[0] for name in sys.modules})
        self.answer({"ready": True, "modules": modules, "refusal": self.isolation.refusal})
        spare_moment_s = SPARE_MOMENT_S if self.bootstrap is not None else None
        while True:
            readable, _, _ = select.select([self.control.fileno(), self.wake_read], [], [], spare_moment_s)
            if not readable:
                spare_moment_s = None
                share_sdk_data()
                freeze()
            if self.wake_read in readable:
                self.drain_wakeups()
                self.reap()
            if self.control.fileno() in readable and not self.receive():
                break
        self.end()

    def drain_wakeups(self) -> None:
        try:
            while os.read(self.wake_read, 512):
                pass
        except BlockingIOError:
            pass

    def receive(self) -> bool:
        """Take in what the server sent. False at the end of the connection."""
        space = socket.CMSG_SPACE(DESCRIPTORS_MAX * array.array("i").itemsize)
        data, ancillary, _, _ = self.control.recvmsg(65536, space)
        for level, kind, body in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found = array.array("i")
                found.frombytes(body[: len(body) - len(body) % found.itemsize])
                self.descriptors.extend(found)
        if not data:
            return False
        self.buffer += data
        while len(self.buffer) >= 4:
            size = int.from_bytes(self.buffer[:4], "big")
            assert size <= REQUEST_BYTES_MAX
            if len(self.buffer) < 4 + size:
                break
            request = json.loads(self.buffer[4 : 4 + size])
            self.buffer = self.buffer[4 + size :]
            self.handle(request)
        return True

    def handle(self, request: dict[str, Any]) -> None:
        if "kill" in request:
            if request["kill"] in self.children:
                self.kill_group(request["kill"], request["signal"])
            return
        count = request["descriptors"]
        descriptors, self.descriptors = self.descriptors[:count], self.descriptors[count:]
        sys.stdout.flush()
        self.isolation.provide(request["mounts"])
        pid = os.fork()
        if pid == 0:
            self.become(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children.add(pid)
        self.answer({"spawned": request["spawn"], "pid": pid})

    def become(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """In the child: turn into the environment's first process. Does not return."""
        status = 1
        try:
            self.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != self.pid:
                os._exit(1)  # The launcher died before the kernel knew that we want to die with it.
            os.setsid()
            # What this environment orphans stays below it, and comes to the launcher only when it ends.
            self.prctl(PR_SET_CHILD_SUBREAPER, 1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            be_patient()
            place_descriptors(descriptors)
            limit_files(self.isolation.file_bytes_max(request["mounts"]))
            self.isolation.confine(request["mounts"])
            os.chdir(request["folder"])
            if request.get("argv"):
                os.execve(request["argv"][0], request["argv"], request["environment"])
            assert self.bootstrap is not None
            sys.pycache_prefix = request["pycache"]
            status = self.bootstrap.run_forked(request["environment"], request["path"], request["bytecode"], CHANNEL_FD)
        except OSError as error:
            os.write(2, f"{error}\n".encode())
            status = 127 if error.errno == errno.ENOENT else 126
        except BaseException as error:  # The child must never return into the launcher's loop.
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def kill_group(self, pid: int, number: int = signal.SIGKILL) -> None:
        try:
            os.killpg(pid, number)
        except (ProcessLookupError, PermissionError):
            # The child has not called setsid yet, or is the group's only member and dead already.
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_strays(self) -> None:
        """Kill children that are no environment's first process: environments that have ended left them to us."""
        try:
            with open(f"/proc/self/task/{self.pid}/children") as file:  # noqa: PTH123 - pathlib is loaded by nothing here
                found = {int(pid) for pid in file.read().split()}
        except OSError:
            return
        for pid in found - self.children:
            self.kill_group(pid)

    def reap(self) -> None:
        """Collect ended children. The dead leader keeps the group's number ours until the group is killed."""
        while self.children:
            try:
                pid, status = self.next_end()
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.kill_strays()
            if pid in self.children:
                self.children.discard(pid)
                self.answer({"exited": pid, "status": status})

    def next_end(self) -> tuple[int, int]:
        """A child that has ended and its wait status, its group killed; 0 when there is none."""
        if not hasattr(os, "waitid"):  # macOS before Python 3.13: the group's number is free for an instant.
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                self.kill_group(pid)
            return pid, status
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return 0, 0
        self.kill_group(ended.si_pid)
        return os.waitpid(ended.si_pid, 0)

    def answer(self, message: dict[str, Any]) -> None:
        try:
            self.control.sendall(json.dumps(message).encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server is gone; the end of the connection is about to be read.

    def end(self) -> None:
        """Kill all that is left, and wait for it: with each end further strays may come to light."""
        for pid in self.children:
            self.kill_group(pid)
        try:
            while True:
                self.kill_strays()
                os.waitpid(-1, 0)
        except ChildProcessError:
            return


def be_patient() -> None:
    """Take the processor from nobody by waking up: the server, which wakes many functions in a row, goes on meanwhile.

    A function has its full share of the machine all the same. What it saves shows only after some seconds of full load:
    by then the kernel wakes functions on the server's own processor, where each interrupts it, while another processor
    has nothing to do. The price: while other programs keep every processor busy, a function may begin some milliseconds
    later (https://man7.org/linux/man-pages/man7/sched.7.html, SCHED_BATCH).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except (AttributeError, OSError):
        pass  # There is no such policy here, or nobody may choose it.


def place_descriptors(descriptors: list[int]) -> None:
    """Log pipe to 1 and 2, runtime channel (if any) to 3, nothing to 0, and everything else closed."""
    moved = [duplicate_high(descriptor) for descriptor in descriptors]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(moved[0], 1)
    os.dup2(moved[0], 2)
    first_unused = CHANNEL_FD
    if len(moved) > 1:
        os.dup2(moved[1], CHANNEL_FD)
        first_unused = CHANNEL_FD + 1
    os.closerange(first_unused, 1024)


def duplicate_high(descriptor: int) -> int:
    """A duplicate whose number is out of the way of 0 to 3."""
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64)


def limit_files(bytes_max: int) -> None:
    """Open files, and the size of each, where ``bytes_max`` is not 0."""
    if bytes_max:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(argv: list[str]) -> None:
    """``zygote.py CONFIG``, an object in JSON.

    ``control``: the descriptor of the control socket. ``isolation``: what ``isolation.enter`` takes; absent without it.
    Of a zygote besides: ``bootstrap``; ``sdk``, the folder of what it loads, ``modules``; ``pycache``, where the
    bytecode of that goes, unless it lies there compiled by this very interpreter, as ``is_compiled`` says.
    """
    config = json.loads(argv[1])
    control = socket.socket(fileno=config["control"])
    control.set_inheritable(False)
    bootstrap = None
    if "bootstrap" in config:
        bootstrap = load_module("bootstrap", config["bootstrap"])
    isolation = Isolation(config.get("isolation"))
    if bootstrap is not None:
        host = isolation.module.HOST if isolation.module is not None else ""
        if not config["is_compiled"]:
            sys.pycache_prefix = host + config["pycache"]
        sys.path.append("/var/runtime" if isolation.module is not None else config["sdk"])
        preload(config["modules"])
    sys.argv = [""]
    freeze()
    Launcher(control, bootstrap, isolation).serve()


if __name__ == "__main__":
    main(sys.argv)
