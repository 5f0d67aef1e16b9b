"""The size of a folder, as the limit of /tmp counts it."""

import asyncio
from pathlib import Path

from stratolite.engine.disk import LOOK_S, DiskMeter, folder_bytes


def test_all_files_count_and_links_do_not_lead_away(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "a").write_bytes(bytes(100))
    (tmp_path / "deep" / "er" / "b").write_bytes(bytes(50))
    assert folder_bytes(tmp_path, 1000) == 150
    (tmp_path / "elsewhere").symlink_to("/usr")
    assert 150 <= folder_bytes(tmp_path, 1000) < 200
    assert folder_bytes(tmp_path / "absent", 1000) == 0


async def test_excess_is_told(tmp_path: Path) -> None:
    told = asyncio.Event()
    meter = DiskMeter(tmp_path, 1, told.set)
    meter.look(LOOK_S)
    meter.look(LOOK_S)  # One look is under way.
    (tmp_path / "big").write_bytes(bytes(2 * 1024 * 1024))
    await asyncio.to_thread(lambda: None)
    meter.look(1.5 * LOOK_S)  # Too early.
    for turn in range(6000):
        meter.look(LOOK_S * (3 + turn))
        if told.is_set():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody was told")
