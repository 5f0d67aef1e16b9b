"""Whether the kernel would run a program, by the first bytes of it."""

import os
from pathlib import Path

ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
HEAD_BYTES = 20


def why_not_executed(program: Path) -> str:
    """What the kernel would say of a program, in Go's words, as AWS shows them; empty when it would run."""
    if not os.access(program, os.X_OK):
        return "permission denied"
    with program.open("rb") as file:
        return format_fault(file.read(HEAD_BYTES))


def format_fault(head: bytes) -> str:
    """The same by the first HEAD_BYTES of a program."""
    if head.startswith(b"#!") or os.uname().sysname != "Linux":
        return ""
    machine = int.from_bytes(head[18:20], "little") if head.startswith(b"\x7fELF") else 0
    is_ours = machine == ELF_MACHINES.get(os.uname().machine, machine)
    return "" if machine and is_ours else "exec format error"
