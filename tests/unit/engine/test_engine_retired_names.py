"""Names of the standard library that functions of retired runtimes find again. Each question is asked in a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratolite.engine import bootstrap

FILE = Path(next(iter(bootstrap.__path__))) / "python_retired.py"
PROGRAM = """
import runpy, sys
runpy.run_path(sys.argv[1])["revive"](sys.argv[2])
{statement}
"""


def runs(runtime: str, statement: str) -> bool:
    command = [sys.executable, "-c", PROGRAM.format(statement=statement), str(FILE), f"AWS_Lambda_{runtime}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "statement",
    [
        "from collections import Mapping, Container, Callable; assert isinstance({}, Mapping)",
        "import base64; assert base64.decodestring(base64.encodestring(b'x')) == b'x'",
        "import inspect; assert inspect.getargspec(lambda a, *b: 0) == (['a'], 'b', None, None)",
        "import time; time.clock()",
    ],
)
def test_what_a_retired_runtime_had_is_there(statement: str) -> None:
    assert runs("python3.6", statement) and runs("python2.7", statement)


def test_what_a_runtime_lacked_stays_away() -> None:
    assert not runs("python3.12", "from collections import Mapping")
    assert runs("python3.9", "from collections import Mapping")
    assert not runs("python3.8", "import time; time.clock()")
    assert not runs("provided.al2", "from collections import Mapping")
