"""What is generated is current; what is said of commands is true."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratolite.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("script", ["docs.py", "cfn_schemas.py"])
def test_what_scripts_write_is_current(script: str) -> None:
    if script == "cfn_schemas.py":
        pytest.importorskip("cfnlint")
    done = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text()
    missing = [name for name in COMMANDS if f"`stratolite {name}" not in text]
    assert not missing, f"README.md lacks {', '.join(missing)}"


def test_nothing_names_a_package_registry() -> None:
    """Lock files and texts carry no registry's address: each machine has its own."""
    # Put together here, so that this file does not hold them itself.
    hosts = ["registry." + "npmjs.org", "files." + "pythonhosted.org", "pypi." + "org/simple"]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    found = [
        name
        for name in tracked
        if name and (path := ROOT / name).is_file() and any(host in path.read_text(errors="ignore") for host in hosts)
    ]
    assert not found, ", ".join(found)
