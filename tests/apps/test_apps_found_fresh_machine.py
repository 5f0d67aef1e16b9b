"""The first minute on a machine that has nothing yet: no caches, an empty home, a clone with nothing installed."""

import os
import shutil
from pathlib import Path

import pytest
from tests.apps.conftest import Starter, http

FOUND = Path(__file__).parent / "found"
SYSTEM = "/usr/bin:/bin"


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with what a login shell of a new user has, all of it pointing into an empty folder."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    for name, place in {
        "HOME": home,
        "TMPDIR": home / "tmp",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "npm_config_cache": home / "npm",
    }.items():
        place.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(place))
    return home


def folder_of(program: str, folder: Path) -> str:
    """A folder that holds one program of this machine, and no other."""
    folder.mkdir(exist_ok=True)
    place = shutil.which(program)
    if place is None:
        pytest.skip(f"{program} is not installed")
    (folder / program).symlink_to(place)
    return str(folder)


def test_a_clone_is_installed_once_and_then_starts_at_once(
    tmp_path: Path, up: Starter, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    node, npm = folder_of("node", tmp_path / "node"), folder_of("npm", tmp_path / "npm")
    request.getfixturevalue("nothing")
    clone = tmp_path / "greeter"
    shutil.copytree(FOUND / "greeter", clone, ignore=shutil.ignore_patterns("node_modules", ".stratolite"))

    monkeypatch.setenv("PATH", f"{node}:{npm}:{SYSTEM}")
    first = up(clone, "--no-watch", data=clone / ".stratolite")
    assert "npm ci" in first.output, first.output
    assert (clone / "node_modules" / "greetings").exists()
    assert http("GET", first.url("/dev/greetings/hi")).json() == {"text": "namaste"}
    assert first.stop() == 0

    # Nothing that could install anything is there any more, and nobody asks for it.
    monkeypatch.setenv("PATH", f"{node}:{tmp_path}")
    second = up(clone, "--no-watch", data=clone / ".stratolite")
    assert "npm" not in second.output, second.output
    assert "ready, nothing new to deploy in " in second.output
    assert http("GET", second.url("/dev/greetings/fr")).json() == {"text": "bonjour"}
    assert second.stop() == 0
