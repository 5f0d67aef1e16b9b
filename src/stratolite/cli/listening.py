"""The ports besides its own at which ``up`` listens: where the code of an application looks for emulators."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from stratolite.cli import terminal
from stratolite.core.errors import UserError
from stratolite.server.home import Home
from stratolite.templates.serverless.local import LocalListener

if TYPE_CHECKING:
    from stratolite.server.app import Cloud


class Listening:
    """The further ports of one cloud. Those that a file names no longer stay open until the end."""

    def __init__(self, cloud: "Cloud", home: Home) -> None:
        self._cloud = cloud
        self._home = home
        self._tried: set[int] = set()

    async def open(self, listeners: Iterable[LocalListener]) -> None:
        """Listen where nobody does yet, and say so; whoever else has a port keeps it."""
        for one in listeners:
            if one.port in self._tried or self._cloud.endpoint.endswith(f":{one.port}"):
                continue
            self._tried.add(one.port)
            try:
                await self._cloud.listen(one.port, self._home)
            except UserError:
                terminal.note(
                    f"port {one.port} is in use: what code sends to the {one.service} of {one.plugin} arrives there"
                )
            else:
                terminal.note(f"{one.service} is at http://localhost:{one.port} as well, as {one.plugin} has it")
