"""What ``stratolite init`` writes: it runs, passes its own tests, and is clean for whoever looks at it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.apps.conftest import ROOT, Starter, command, eventually, http
from tests.apps.projects import new_project, run

STARTERS = {"api": "notes.py", "events": "orders.py", "pipeline": "tables.py"}
TEMPLATES = (*STARTERS, "community")
LINTER = "import sys; from cfnlint.runner import main; sys.exit(main())"
IGNORED = ("W3005", "W2531")
"""What the Serverless Framework writes into its templates: dependencies that are there already, and the runtime of a
function of its own, which a deployment to AWS replaces."""


def without_settings() -> dict[str, str]:
    """The environment, without what leads to some account of AWS or changes pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}


@pytest.mark.parametrize("template", STARTERS)
def test_its_own_tests_pass_on_a_local_cloud(template: str, tmp_path: Path) -> None:
    """The last of them runs ``stratolite up --ephemeral``, and the smoke test against it."""
    folder = new_project(template, tmp_path / "shop")
    done = run(
        [sys.executable, "-m", "pytest", "-p", "no:asyncio", "-p", "no:cacheprovider"], folder, without_settings()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_clean(template: str, tmp_path: Path) -> None:
    folder = new_project(template, tmp_path / "shop", "--ci", "github")
    for words in (["check"], ["format", "--check"]):
        done = run([sys.executable, "-m", "ruff", *words, "--no-cache", "."], folder)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", ["api", "pipeline"])
def test_a_smoke_test_of_nothing_says_so_in_two_lines(template: str, tmp_path: Path) -> None:
    folder = new_project(template, tmp_path / "shop")
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    keys = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    done = run([sys.executable, "scripts/smoke.py", "dev"], folder, {**without_settings(), **nowhere, **keys})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "http://127.0.0.1:1" in done.stderr


@pytest.mark.parametrize("template", STARTERS)
def test_its_types_hold(template: str, tmp_path: Path) -> None:
    folder = new_project(template, tmp_path / "shop")
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "mypy"), STARTERS[template]]
    done = run(words, folder, {**os.environ, "MYPYPATH": str(ROOT / "patterns" / "src")})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("template", TEMPLATES)
def test_its_template_is_one_that_aws_would_take(template: str, tmp_path: Path) -> None:
    pytest.importorskip("cfnlint")
    folder, out = new_project(template, tmp_path / "shop"), tmp_path / "template.json"
    packaged = run(command("package", folder, "--out", out), tmp_path)
    assert packaged.returncode == 0, packaged.stderr
    done = run([sys.executable, "-c", LINTER, "--ignore-checks", *IGNORED, "--", str(out)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_answers_where_init_said_so(up: Starter, tmp_path: Path) -> None:
    """As somebody who has only read what init says: ``stratolite up``, then the README's first request."""
    running = up(new_project("events", tmp_path / "shop"), "--no-watch")
    assert "shop · dev · us-east-1" in running.output
    placed = http("POST", running.url("/dev/orders"), {"article": "book", "quantity": 2})
    assert placed.status == 202, running.output
    order = running.url(f"/dev/orders/{placed.json()['id']}")
    running.drain()
    eventually(lambda: http("GET", order).json()["status"], lambda status: status == "confirmed")
    assert running.stop() == 0


def test_an_empty_folder_is_told_of_init(tmp_path: Path) -> None:
    done = run(command("up"), tmp_path)
    assert done.returncode == 2
    assert "'stratolite init' writes a new one" in done.stderr


def test_the_wheel_ships_the_templates(tmp_path: Path) -> None:
    """Installed from a wheel, ``init`` writes the same files as from a checkout."""
    pytest.importorskip("hatchling")
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    shipped = run([sys.executable, "-m", "zipfile", "-l", str(wheel)], tmp_path).stdout
    assert "stratolite/toolkit/pyproject.toml" in shipped, "what requirements of projects name"
    listed = {}
    for name, path in (("wheel", str(wheel)), ("checkout", str(ROOT / "src"))):
        folder = tmp_path / name / "shop"
        (installed := tmp_path / f"{name}-installed").mkdir()
        if path.endswith(".whl"):
            run([sys.executable, "-m", "zipfile", "-e", path, str(installed)], tmp_path)
            path = str(installed)
        told = run(
            command("init", "-t", "community", "--ci", "github", "--json", folder),
            tmp_path,
            {**os.environ, "PYTHONPATH": path},
        )
        assert told.returncode == 0, told.stderr
        listed[name] = json.loads(told.stdout)["files"]
    assert listed["wheel"] == listed["checkout"]
