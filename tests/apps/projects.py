"""Projects that ``stratolite init`` writes, with the packages of this environment in place of those of a registry."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tests.apps.conftest import command

PACKAGES = {
    "api": ("stratolite_patterns", "joserfc", "cryptography", "cffi", "_cffi_backend"),
    "events": ("stratolite_patterns",),
    "pipeline": ("stratolite_patterns",),
}
PACKAGES["community"] = (*PACKAGES["api"], "aws_lambda_powertools", "jmespath", "typing_extensions", "redis")
RUNTIME = f"python3.{sys.version_info.minor}"
VENDOR = "site-packages"
"""A name that linters pass over."""
RUN_S_MAX = 150


def new_project(template: str, folder: Path, *arguments: str) -> Path:
    """A project that needs no registry: its packages lie beside its code, for the Python that runs the tests."""
    done = run(command("init", "--template", template, *arguments, folder), folder.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    vendor = folder / VENDOR
    for package in PACKAGES[template]:
        _copy(package, vendor)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("")
    file = folder / "serverless.yml"
    text = file.read_text().replace("runtime: python3.12", f"runtime: {RUNTIME}")
    file.write_text(text.replace("    slim: true", f"    slim: true\n    vendor: {VENDOR}"))
    return folder


def run(words: list[str], folder: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command in a folder, with nobody to ask."""
    return subprocess.run(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )


def _copy(package: str, vendor: Path) -> None:
    """A package or module of this environment."""
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None, f"{package} is not installed"
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(origin.parent, vendor / package, ignore=ignored)
    else:
        vendor.mkdir(exist_ok=True)
        shutil.copy(origin, vendor)
