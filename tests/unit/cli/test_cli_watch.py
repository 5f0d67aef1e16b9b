"""Which edits are taken up."""

import asyncio
import os
from pathlib import Path

import pytest

from stratolite.cli.watch import edits
from stratolite.core.clock import RealClock

NEWS_S_MAX = 120
CLOCK = RealClock()


async def first_edit(folder: Path, sources: list[Path], data: Path, write: Path, others: list[Path]) -> list[str]:
    """What is told once ``write`` has changed; ``others`` change before it, and must not be told."""
    news = edits(folder, lambda: sources, data, CLOCK, CLOCK.now_ms())
    waiting = asyncio.ensure_future(anext(news))
    try:
        for place in range(NEWS_S_MAX * 10):
            for path in [*others, write]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(place))
            done, _ = await asyncio.wait({waiting}, timeout=0.1)
            if done:
                return waiting.result()
        raise AssertionError("no edit was seen")
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await news.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "ignored", ["data/stratolite.db", "node_modules/x/index.js", "src/__pycache__/app.pyc", "up.log"]
)
async def test_what_tools_write_is_no_edit(tmp_path: Path, ignored: str) -> None:
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / ignored).parent.mkdir(parents=True, exist_ok=True)
    told = await first_edit(folder, [], folder / "data", folder / "src" / "app.py", [folder / ignored])
    assert told == ["src/app.py"]


async def test_files_outside_that_the_application_reads_count(tmp_path: Path) -> None:
    folder, shared = tmp_path / "app", tmp_path / "shared.yml"
    folder.mkdir()
    shared.write_text("")
    told = await first_edit(folder, [folder / "serverless.yml", shared], folder / "data", shared, [tmp_path / "other"])
    assert told == [str(shared)]


async def test_what_has_changed_before_anybody_watched_comes_first(tmp_path: Path) -> None:
    """While it was compiled and deployed, and while what is watched changed."""
    folder, shared = tmp_path / "app", tmp_path / "shared.yml"
    (folder / "node_modules").mkdir(parents=True)
    sources: list[Path] = []
    read_ms = CLOCK.now_ms() - 10_000
    for path, age_s in (("old.py", 20), ("new.py", 5), ("node_modules/x.js", 5), ("up.log", 5)):
        (folder / path).write_text("")
        os.utime(folder / path, (read_ms / 1000, CLOCK.now_ms() / 1000 - age_s))
    news = edits(folder, lambda: sources, folder / "data", CLOCK, read_ms)
    assert await anext(news) == ["new.py"]
    # Whoever takes that up finds that a file outside is read, too, which was edited meanwhile.
    shared.write_text("")
    sources.append(shared)
    assert await asyncio.wait_for(anext(news), NEWS_S_MAX) == [str(shared)]
    await news.aclose()  # type: ignore[attr-defined]
