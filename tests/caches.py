"""Clouds with caches, as tests of ElastiCache have them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

from stratolite.services.elasticache import programs

KINDS = ("real", "fallback")
"""The machine's Redis serves them, or fakeredis does."""


@contextmanager
def cloud_with_caches(kind: str, folder: Path) -> Iterator[RunningCloud]:
    """A cloud whose caches are of a kind; skips the test where that is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        if kind == "fallback":
            patch.setattr(programs, "PROGRAMS", {"redis": (), "valkey": ()})
        elif not (shutil.which("redis-server") or shutil.which("valkey-server")):
            pytest.skip("no redis-server is installed")
        running = RunningCloud(folder / "data").start()
        yield running
        running.stop()


def error(work: Callable[[], Any]) -> tuple[str, str, int]:
    """The code, the text and the HTTP status of a refusal."""
    with pytest.raises(ClientError) as caught:
        work()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]
