"""Runs a cloud in the foreground: signals, the note for other commands, and a clean end."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stratolite.cli import terminal
from stratolite.cli.holder import taken
from stratolite.cli.note import Note
from stratolite.cli.options import Served
from stratolite.core.errors import UserError
from stratolite.server.config import Config, read
from stratolite.storage.folder import holder as holder_of_folder

INTERRUPTED = 130
"""The exit code of what Ctrl-C has ended before it was done."""


def configure(served: Served, command: str, folder: Path | None = None) -> Config:
    """The configuration: options first, then the environment, then defaults; data lies beside the application."""
    config = read()
    data = served.data or config.data
    if served.data is None and folder is not None and not data.is_absolute():
        data = folder / data
    return replace(
        config,
        host=served.host or config.host,
        port=config.port if served.port is None else served.port,
        app_port=config.app_port if served.app_port is None else served.app_port,
        data=data,
        durability=served.durability or config.durability,
        isolation=config.isolation and not served.no_isolation,
        cold_start_delay=config.cold_start_delay or served.cold_start_delay,
        real_aws=(*config.real_aws, *(host.lower() for host in served.real_aws)),
        origins=(*config.origins, *served.origins),
        is_offline=config.is_offline or served.is_offline,
        command=command,
    )


def run(main: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` on uvloop until it returns. SIGINT and SIGTERM set its event; a second one ends at once."""
    # Requests make hardly any cycles: the collector is to look for them seldom.
    gc.set_threshold(20_000, 20, 50)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)

    async def guarded() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None

        def interrupted() -> None:
            if stop.is_set():
                task.cancel()
            stop.set()

        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, interrupted)
        return await main(stop)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            return runner.run(guarded())
        except asyncio.CancelledError:
            return INTERRUPTED


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows has none; the standard loop is slower and does the same.
        return None
    return uvloop.new_event_loop


@contextlib.asynccontextmanager
async def serving(config: Config, *, is_ephemeral: bool) -> AsyncIterator[Any]:
    """A started cloud, closed at the end however that comes; other commands find it by its note."""
    from stratolite.http.listener import PortTaken
    from stratolite.server.app import Cloud, discard, ephemeral

    if is_ephemeral:
        config = ephemeral(config)
    cloud = Cloud(config)
    try:
        try:
            await cloud.start()
        except PortTaken as error:
            raise _running_already(config) or taken(
                config.host, error.port, {"--port": config.port, "--app-port": config.app_port}
            ) from error
        Note(cloud.endpoint, cloud.app_endpoint).write(config.data)
        try:
            yield cloud
        finally:
            Note.remove(config.data)
            await cloud.close()
    finally:
        if is_ephemeral:
            discard(config)


def say_goodbye(data: Path, *, is_ephemeral: bool) -> None:
    """That nothing runs any more, and what is left."""
    if sys.stderr.isatty():
        terminal.say(to_errors=True)  # The terminal has written ^C.
    kept = "nothing is kept (--ephemeral)" if is_ephemeral else f"data is kept in {data}"
    terminal.say(click.style(f"stopped; {kept}", dim=True), to_errors=True)


@contextlib.contextmanager
def tentative(config: Config) -> Iterator[Callable[[], None]]:
    """Removes the data folder at the end if it was not there before, until what this gives is called.

    Some files ask for what only a running cloud knows: their mistakes leave nothing behind all the same.
    """
    from stratolite.server.app import discard

    with contextlib.ExitStack() as undone:
        if not config.data.exists():
            undone.callback(discard, config)

        def keep() -> None:
            undone.pop_all()

        yield keep


def _running_already(config: Config) -> UserError | None:
    """What to tell where the data folder is held by a cloud that runs; None where it is not."""
    note, holder = Note.read(config.data), holder_of_folder(config.data)
    if note is None or not holder:
        return None
    return UserError(
        f"it runs already, by {holder}: AWS APIs at {note.endpoint}, deployed APIs at {note.app_endpoint}",
        where=str(config.data),
        todo="Stop that process; or run a second cloud with --data, --port and --app-port of its own.",
    )


async def until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Wait for ``work`` or for ``stop``, whichever comes first; what is not done then is cancelled."""
    tasks = {asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
