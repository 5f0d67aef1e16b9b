"""An application that keeps things in caches: deployed, used by its functions, killed, started again."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.apps.conftest import Starter, Up, eventually

APP = Path(__file__).parent / "profiles"
NODE_MODULES = Path(__file__).parent / "redis-clients" / "node_modules"

pytestmark = pytest.mark.skipif(
    not NODE_MODULES.is_dir() or shutil.which("node") is None, reason="npm ci in tests/apps/redis-clients has not run"
)


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """The application with its libraries beside it, as a build would leave it."""
    folder = tmp_path / "app"
    shutil.copytree(APP, folder)
    assert redis.__file__ is not None
    shutil.copytree(Path(redis.__file__).parent, folder / "redis", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(NODE_MODULES, folder / "node_modules")
    return folder


@pytest.fixture(params=["real", "fallback"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What serves the caches: the PATH of the fallback's run has no Redis on it."""
    has_redis = bool(shutil.which("redis-server") or shutil.which("valkey-server"))
    if request.param == "real" and not has_redis:
        pytest.skip("no redis-server is installed")
    if request.param == "fallback":
        programs = tmp_path / "programs"
        programs.mkdir()
        node = shutil.which("node")
        assert node is not None
        (programs / "node").symlink_to(node)
        monkeypatch.setenv("PATH", str(programs))
    return "redis-server" if request.param == "real" else "fakeredis"


def invoke(up: Up, name: str, event: dict[str, Any]) -> Any:
    answer = up.client("lambda").invoke(FunctionName=f"profiles-dev-{name}", Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def caches(data: Path) -> list[int]:
    """The processes that serve caches of a data folder: they run in folders below it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            place = str((folder / "cwd").readlink())
        except OSError:
            continue  # Somebody else's, or gone.
        if place.startswith(f"{data.resolve() / 'redis'}/"):
            found.append(int(folder.name))
    return found


def test_functions_use_caches_that_end_with_the_cloud_and_come_back(
    up: Starter, application: Path, server: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    first_run = up(application)
    assert "redis://127.0.0.1:" in first_run.output
    assert "rediss://127.0.0.1:" in first_run.output
    assert server in first_run.output

    first = invoke(first_run, "python", {"set": "ada"})
    policy = "allkeys-lru" if server == "redis-server" else "noeviction"
    assert first == {"profile": "ada", "seen": "python", "policy": policy}
    assert invoke(first_run, "node", {}) == {"profile": "ada", "seen": "node"}
    before = first_run.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]["NodeGroups"][0]
    assert len(caches(data)) >= 3

    first_run.stop(signal.SIGKILL)
    eventually(lambda: caches(data), lambda found: not found)

    again = up(application)
    assert "ready, nothing new to deploy in" in again.output
    after = again.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]["NodeGroups"][0]
    assert after["PrimaryEndpoint"] == before["PrimaryEndpoint"]
    kept = "ada" if server == "redis-server" else None
    assert invoke(again, "python", {})["profile"] == kept
    assert invoke(again, "node", {"set": "grace"})["profile"] == "grace"

    again.stop()
    assert not caches(data)
