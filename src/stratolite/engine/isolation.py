"""Namespaces of a sandbox: what a function sees of the machine, by the kernel's means, without root, without Docker.

Runs inside the launcher program (``zygote.py``), in any Python from 3.7, and imports nothing of Stratolite. The
launcher builds a new root once, when it starts: everything of the machine, read-only, without the data folder, and
AWS's folders beside it. A sandbox takes a copy of that view for itself and puts its own code, layers and /tmp into it:

    /var/task     the function's code, read-only           /tmp          a tmpfs of its own, of limited size
    /opt          its layers, merged, read-only            /var/runtime  the SDK that the runtime bundles
    /var/rapid    the built-in runtimes                    /var/pycache  bytecode of this code (Python)
    /var/trust    authorities of this cloud's own, if any
    /var/runtime/node_modules      the SDK of the runtime, and where Node.js looks beside /var/task: /var/node_modules
    /var/runtime/unlisted/...      the SDK of other runtimes, and /node_modules
    /var/lang/bin the interpreter's folder

Needs Linux 5.12 and user namespaces; where they are not allowed, as in most containers, ``enter`` raises OSError. It
costs 5 to 15 ms once for a launcher and about 1 ms for a sandbox. Signals and traces stop at the sandbox's edge where
the kernel has Landlock's scopes (Linux 6.12), with or without namespaces.
Sources: user_namespaces(7), mount_namespaces(7), pivot_root(2), mount_setattr(2), landlock(7), capabilities(7).
"""

# ruff: noqa: PTH102, PTH103, PTH112, PTH113, PTH114, PTH115, PTH211 - a launcher loads no more modules than it needs.

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_UNBINDABLE, MS_PRIVATE = 2, 4, 1 << 12, 1 << 14, 1 << 17, 1 << 18
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 1, 2
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SYS_MOUNT_SETATTR = 442
SYS_LANDLOCK_CREATE_RULESET, SYS_LANDLOCK_ADD_RULE, SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_SCOPES_VERSION = 6
LANDLOCK_SCOPE_ABSTRACT_SOCKETS, LANDLOCK_SCOPE_SIGNALS = 1, 2
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2
ROOT_UID = 0
INODES_PER_MB = 256
PROCESSES_MAX = 1024
"""Processes and threads that an environment may have, as on AWS; held for users other than root."""

HOST = "/.host"
"""Where the launcher keeps the machine's real root; no sandbox has it."""
OWN = ("opt", "tmp", "var", "node_modules")
OWN_IN_VAR = ("task", "runtime", "rapid", "pycache", "lang", "trust")

PACKAGES = (
    ("/var/runtime/node_modules", "/var/node_modules"),
    ("/var/runtime/unlisted/node_modules", "/node_modules"),
)
"""Where packages of Node.js stand that a sandbox is given, of its runtime and of others: where NODE_PATH leads, and
where ES modules look for them, which know nothing of NODE_PATH."""

libc: Any = None


def call(name: str, *arguments: Any) -> int:
    """A function of the C library. Raises OSError."""
    result: int = getattr(libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    texts = [text.encode() if text else None for text in (source, target, kind)]
    call("mount", *texts, ctypes.c_ulong(flags), options.encode() if options else None)


def make_read_only(path: str) -> None:
    """A mount and all below it. Raises OSError (ENOSYS before Linux 5.12)."""
    set_attributes(path, AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0)


def set_attributes(path: str, flags: int, wanted: int, unwanted: int) -> None:
    attributes = ctypes.create_string_buffer(struct.pack("=QQQQ", wanted, unwanted, 0, 0))
    call("syscall", SYS_MOUNT_SETATTR, AT_FDCWD, path.encode(), flags, attributes, 32)


def write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def unshare_mounts() -> None:
    """A mount namespace for the launcher: by its own right where it has it, else within a user namespace."""
    if os.geteuid() == ROOT_UID:
        try:
            call("unshare", CLONE_NEWNS)
            return
        except PermissionError:
            pass  # Root of a container, without the right to mount.
    unshare_user()
    call("unshare", CLONE_NEWNS)


def unshare_user() -> None:
    """A user namespace in which this user is who they were, and has every right over what is made in it."""
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{uid} {uid} 1")
    write("/proc/self/gid_map", f"{gid} {gid} 1")


def mirror(source: str, target: str, without: tuple[str, ...]) -> None:
    """Every entry of a folder, except some, at the same place of another one; what is not for us stays away."""
    for entry in os.scandir(source):
        if entry.name not in without:
            try:
                show(entry.path, f"{target}/{entry.name}")
            except PermissionError:  # Somebody else's mount.
                continue


def show(source: str, place: str) -> None:
    """A link, folder or file at another place."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), place)
    elif os.path.isdir(source):
        os.mkdir(place)
        mount(source, place, flags=MS_BIND | MS_REC)
    elif os.path.isfile(source):
        os.close(os.open(place, os.O_CREAT, 0o644))
        mount(source, place, flags=MS_BIND)


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_hidden(path: str, hidden: list[str]) -> bool:
    """Whether a path of the machine is at that place in a sandbox no longer."""
    return any(
        is_within(path, folder) for folder in ["/opt", "/tmp", *("/var/" + name for name in OWN_IN_VAR), *hidden]
    )


def enter(config: dict[str, Any]) -> None:
    """Make the launcher's own root the one that sandboxes begin with. Raises OSError.

    ``root``: an empty folder to mount it on. ``hidden``: folders that no sandbox may see. ``needed``: paths that the
    interpreter itself has to find where they are. ``rapid``: the built-in runtimes. ``sdk``: what becomes /var/runtime.
    ``has_packages``: whether sandboxes may be given packages of Node.js.
    """
    global libc
    if platform.system() != "Linux":
        raise OSError(f"{platform.system()} has no namespaces")
    libc = ctypes.CDLL(None, use_errno=True)
    probe(config)
    make_root(config)


def probe(config: dict[str, Any]) -> None:
    """Whether all of it works, tried by a child: half a namespace would be worse than none. Raises OSError.

    Some systems allow a user namespace and nothing in it (AppArmor's profile of Ubuntu).
    """
    read, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        text = "a child failed"
        try:
            make_root(config)
            call("unshare", CLONE_NEWNS)
            if os.geteuid() != ROOT_UID:
                unshare_user()
            text = ""
        except OSError as error:
            text = str(error)
        finally:
            os.write(write_end, text.encode())
            os._exit(0)
    os.close(write_end)
    text = os.read(read, 1000).decode()
    os.close(read)
    os.waitpid(pid, 0)
    if text:
        raise OSError(text)


def make_root(config: dict[str, Any]) -> None:
    """A new root for this process. Raises OSError."""
    if platform.machine() not in SYS_PIVOT_ROOT:
        raise OSError(f"namespaces are not used on {platform.machine()}")
    for path in config["needed"]:
        if is_hidden(os.path.realpath(path), config["hidden"]):
            raise OSError(f"{path} would be out of sight")
    root = config["root"]
    unshare_mounts()
    mount("", "/", flags=MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    mount("", root, flags=MS_UNBINDABLE)
    for name in ("opt", "tmp", "var", HOST[1:]):
        os.mkdir(f"{root}/{name}")
    mirror("/", root, OWN)
    mirror("/var", root + "/var", OWN_IN_VAR)
    for name in OWN_IN_VAR:
        os.mkdir(f"{root}/var/{name}")
    os.mkdir(f"{root}/var/lang/bin")
    for places in PACKAGES if config["has_packages"] else ():
        for path in places:
            os.makedirs(root + path)
    for folder in config["hidden"]:
        if os.path.isdir(root + folder) and not is_hidden(folder, []):
            mount("tmpfs", root + folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=555,size=4k")
    mount(config["rapid"], root + "/var/rapid", flags=MS_BIND)
    provide_sdk(config["sdk"], root + "/var/runtime", config["hidden"])
    make_read_only(root)
    if os.geteuid() != ROOT_UID:  # Processes write about themselves there; root would have the whole kernel's settings.
        set_attributes(root + "/proc", 0, 0, MOUNT_ATTR_RDONLY)
    call("syscall", SYS_PIVOT_ROOT[platform.machine()], root.encode(), (root + HOST).encode())
    os.chdir("/")
    mount("", "/", flags=MS_PRIVATE)


def provide_sdk(links: str, place: str, hidden: list[str]) -> None:
    """What ``links`` holds links to, as links where the target stays in sight, else as mounts."""
    for entry in os.scandir(links) if links else ():
        target, path = os.path.realpath(entry.path), f"{place}/{entry.name}"
        if is_hidden(target, hidden):
            show(target, path)
        else:
            os.symlink(target, path)


def make_tmp(place: dict[str, Any]) -> None:
    """In the launcher: the /tmp of a sandbox as memory of limited size, where it is not there yet.

    It outlives the sandbox's processes, because the launcher holds it, until its folder is removed on the machine.
    """
    path = HOST + place["tmp"]
    if place["tmp_mb"] and not os.path.ismount(path):
        options = f"mode=1777,size={place['tmp_mb']}m,nr_inodes={place['tmp_mb'] * INODES_PER_MB}"
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options)


def confine(place: dict[str, Any]) -> None:
    """In the sandbox's first process: its own code, layers and /tmp; afterwards the machine's root is gone for good."""
    call("unshare", CLONE_NEWNS)
    for source, target in (
        (place["task"], "/var/task"),
        (place["opt"], "/opt"),
        (place["programs"], "/var/lang/bin"),
        (place["trust"], "/var/trust"),
    ):
        if source:
            mount(HOST + source, target, flags=MS_BIND | MS_REC)
            make_read_only(target)
    for source, targets in ((place["packages"], PACKAGES[0]), (place["other_packages"], PACKAGES[1])):
        for target in targets[: 2 if place["are_packages_near"] else 1] if source else ():
            mount(HOST + source, target, flags=MS_BIND | MS_REC)
            make_read_only(target)
    for source, target in ((place["tmp"], "/tmp"), (place["pycache"], "/var/pycache")):
        if source:
            mount(HOST + source, target, flags=MS_BIND)
    call("umount2", HOST.encode(), MNT_DETACH)
    if os.geteuid() != ROOT_UID:
        unshare_user()
        # Counted in this user namespace alone since Linux 5.14; before that for all of the user's processes.
        resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES_MAX, PROCESSES_MAX))
    drop_capabilities()


def drop_capabilities() -> None:
    """Leave a process nothing but the right of root to read what others may not."""
    kept = CAP_DAC_READ_SEARCH if os.geteuid() == ROOT_UID else 0
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    call("capset", header, ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0)))


def scope() -> None:
    """From here on: no more rights by any program; no signals, traces or abstract sockets beyond the process's own."""
    global libc
    if platform.system() != "Linux":
        return
    libc = libc or ctypes.CDLL(None, use_errno=True)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = libc.syscall(SYS_LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)
    if version < LANDLOCK_SCOPES_VERSION:
        return
    rules = ctypes.create_string_buffer(
        struct.pack("=QQQ", 0, 0, LANDLOCK_SCOPE_ABSTRACT_SOCKETS | LANDLOCK_SCOPE_SIGNALS)
    )
    descriptor = call("syscall", SYS_LANDLOCK_CREATE_RULESET, rules, 24, 0)
    try:
        call("syscall", SYS_LANDLOCK_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
