"""Which edits are taken up."""

import asyncio
from pathlib import Path

import pytest

from stratolite.cli.watch import edits

NEWS_S_MAX = 120


async def first_edit(folder: Path, sources: list[Path], data: Path, write: Path, others: list[Path]) -> list[str]:
    """What is told once ``write`` has changed; ``others`` change before it, and must not be told."""
    news = edits(folder, lambda: sources, data)
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
