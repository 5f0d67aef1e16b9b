"""Interpreters: found where people have them, and the nearest one when they have not."""

import sys
from pathlib import Path

import pytest

from stratolite.engine.interpreters import Interpreters, distance, own_python, sdk_minor_min
from stratolite.engine.model import UnsupportedRuntime
from stratolite.engine.runtimes import CUSTOM, NODES, PYTHONS, RETIRED

OWN = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def node(path: Path, version: str) -> Path:
    return program(path, f"#!/bin/sh\necho v{version}\n")


def test_our_own_interpreter_is_outside_of_the_virtual_environment(tmp_path: Path) -> None:
    found = Interpreters(tmp_path, "").resolve(OWN)
    assert found.program == own_python()
    assert str(Path(sys.prefix)) not in str(found.program) or sys.prefix == sys.base_prefix
    assert (found.language, found.warning) == ("python", "")


@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/3.13.1/bin/python3.13",
        ".local/share/uv/python/cpython-3.13.2-linux-x86_64-gnu/bin/python3.13",
        ".asdf/installs/python/3.13.0/bin/python3.13",
        ".local/share/mise/installs/python/3.13.4/bin/python3.13",
    ],
)
def test_pythons_of_version_managers(tmp_path: Path, place: str) -> None:
    wanted = program(tmp_path / place)
    found = Interpreters(tmp_path, "").resolve("python3.13")
    assert (found.program, found.version[:2], found.warning) == (wanted, (3, 13), "")


def test_pythons_on_the_path(tmp_path: Path) -> None:
    program(tmp_path / "shims" / "python3.14")
    wanted = program(tmp_path / "bin" / "python3.13")
    interpreters = Interpreters(tmp_path, f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")
    assert interpreters.resolve("python3.13").program == wanted
    assert "runs it instead" in interpreters.resolve("python3.14").warning


@pytest.mark.parametrize(
    "place",
    [
        ".nvm/versions/node/v22.1.0/bin/node",
        ".volta/tools/image/node/22.1.0/bin/node",
        ".local/share/fnm/node-versions/v22.1.0/installation/bin/node",
        "Library/Application Support/fnm/node-versions/v22.1.0/installation/bin/node",
        ".asdf/installs/nodejs/22.1.0/bin/node",
        ".local/share/mise/installs/node/22.1.0/bin/node",
        "n/n/versions/node/22.1.0/bin/node",
        "prefix/n/versions/node/22.1.0/bin/node",
    ],
)
def test_nodes_of_version_managers(tmp_path: Path, place: str) -> None:
    wanted = node(tmp_path / place, "22.1.0")
    found = Interpreters(tmp_path, "", tmp_path / "prefix").resolve("nodejs22.x")
    assert (found.program, found.version, found.warning) == (wanted, (22, 1, 0), "")


def test_the_nearest_one_with_a_warning(tmp_path: Path) -> None:
    on_path = node(tmp_path / "bin" / "node", "20.11.1")
    newer = node(tmp_path / ".nvm/versions/node/v24.0.0/bin/node", "24.0.0")
    interpreters = Interpreters(tmp_path, str(tmp_path / "bin"))
    assert interpreters.resolve("nodejs20.x").warning == ""
    found = interpreters.resolve("nodejs18.x")
    assert found.program == on_path
    assert found.warning == f"nodejs18.x is not installed here: Node.js 20.11.1 ({on_path}) runs it instead."
    assert interpreters.resolve("nodejs22.x").program == newer
    assert interpreters.resolve("nodejs14.x").program == on_path


def test_a_python_that_is_too_old_for_the_sdk_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.9")
    newer = program(tmp_path / "bin" / "python3.10")
    interpreters = Interpreters(tmp_path, str(tmp_path / "bin"), sdk_minor_min=10)
    found = interpreters.resolve("python3.9")
    assert found.program == newer
    assert found.warning == (
        f"The AWS SDK that functions get here needs Python 3.10 or later, not python3.9: Python 3.10 ({newer}) "
        "runs it instead."
    )
    assert Interpreters(tmp_path, str(tmp_path / "bin"), sdk_minor_min=9).resolve("python3.9").warning == ""
    assert 9 <= sdk_minor_min() <= sys.version_info[1]


def test_of_two_at_one_distance_the_newer_is_nearer() -> None:
    assert min([(3, 10), (3, 12)], key=lambda version: distance(version, (3, 11))) == (3, 12)


def test_a_node_that_does_not_answer_is_none(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "node", "#!/bin/sh\nexit 1\n")
    with pytest.raises(UnsupportedRuntime, match=r"No interpreter for nodejs20\.x is installed"):
        Interpreters(tmp_path, str(tmp_path / "bin")).resolve("nodejs20.x")


def test_custom_runtimes_need_no_interpreter(tmp_path: Path) -> None:
    for runtime in CUSTOM:
        assert Interpreters(tmp_path, "").resolve(runtime).language == "custom"


def test_every_known_runtime_is_resolved(tmp_path: Path) -> None:
    node(tmp_path / "bin" / "node", "20.11.1")
    interpreters = Interpreters(tmp_path, str(tmp_path / "bin"))
    for runtime in (*PYTHONS, *NODES, *RETIRED):
        assert interpreters.resolve(runtime).program.exists()


def test_what_was_written_for_python_2_runs_on_the_oldest_python_3_and_says_so(tmp_path: Path) -> None:
    found = Interpreters(tmp_path, "").resolve("python2.7")
    assert found.language == "python" and found.version[0] == 3
    assert (
        found.warning.startswith("python2.7 is not run here, nor by AWS any more: Python 3.")
        and "2to3" in found.warning
    )
    assert min([(3, 12), (3, 10)], key=lambda version: distance(version, (2, 7))) == (3, 10)


@pytest.mark.parametrize("runtime", ["nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10"])
def test_the_oldest_runtimes_of_node_run_on_the_nearest(tmp_path: Path, runtime: str) -> None:
    node(tmp_path / "bin" / "node", "20.11.1")
    found = Interpreters(tmp_path, str(tmp_path / "bin")).resolve(runtime)
    assert found.version == (20, 11, 1) and "Node.js 20.11.1" in found.warning


@pytest.mark.parametrize(
    "runtime", ["java21", "ruby3.3", "dotnet8", "go1.x", "python3.99", "nodejs7.x", "", "python3.11 "]
)
def test_others_are_refused_by_name(tmp_path: Path, runtime: str) -> None:
    with pytest.raises(UnsupportedRuntime) as refusal:
        Interpreters(tmp_path, "").resolve(runtime)
    assert f"The runtime {runtime} is not run here" in str(refusal.value)
    assert "python3.12" in str(refusal.value)
