"""The processes below a process, and what they hold."""

import os
import subprocess
import sys

import pytest

from stratolite.engine.memory import LOOKS_FOR_ALL, MemoryMeter, descendants, private_bytes

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="needs /proc")  # noqa: PTH110

GROWN = "import sys; keep = bytearray(50 * 1024 * 1024); print('grown', flush=True); sys.stdin.read()"


def test_what_children_hold_counts() -> None:
    pid = os.getpid()
    meter = MemoryMeter(pid, 0, processes_max=100)
    before = [meter.look(turn) for turn in range(LOOKS_FOR_ALL)][-1]
    count = meter.process_count
    command = [sys.executable, "-I", "-S", "-c", GROWN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"grown\n"
        assert child.pid in descendants(pid, 100)
        assert private_bytes(child.pid) >= 50 * 1024 * 1024
        after = [meter.look(turn) for turn in range(LOOKS_FOR_ALL)][-1]
        assert after - before > 40 * 1024 * 1024
        assert meter.process_count == count + 1
        assert len(descendants(pid, 0)) == 0
    assert private_bytes(child.pid) == 0
    meter.close()
