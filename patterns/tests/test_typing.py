"""mypy is strict for users: a program of theirs has no error but those that it expects."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_a_program_of_a_user_passes_mypy_strict(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    # A copy away from here, so that nothing but what is installed is found.
    program = tmp_path / "program.py"
    program.write_text((Path(__file__).parent / "user_program.py").read_text())
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
