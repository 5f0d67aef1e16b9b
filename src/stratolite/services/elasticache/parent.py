"""The thread by which a program that serves a cache hangs on the cloud that started it: its standard streams.

The first line on standard input is its configuration, in JSON. The stream stays open as long as the cloud lives,
however that ends: its end is the program's. What it has to say goes to standard output, a line of JSON each.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any


class Parent:
    """The cloud, as one of its programs sees it."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def configuration(self) -> dict[str, Any]:
        """What the cloud wants."""
        found: dict[str, Any] = json.loads(await self._reader.readline() or "{}")
        return found

    async def gone(self) -> None:
        """Wait until the cloud wants no more, or is no more."""
        while await self._reader.read(4096):
            pass


def say(**what: Any) -> None:
    """Tell the cloud something; nothing happens when it is gone."""
    try:
        print(json.dumps(what), flush=True)
    except BrokenPipeError:
        sys.stdout = None


def run(main: Callable[[Parent, dict[str, Any]], Coroutine[Any, Any, int]]) -> None:
    """Run a program until it ends or the cloud does."""

    async def whole() -> int:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        parent = Parent(reader)
        wanted = await parent.configuration()
        return await main(parent, wanted) if wanted else 0

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        sys.exit(runner.run(whole()))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
