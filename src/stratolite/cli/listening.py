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
        from stratolite.templates.serverless.plugins.listeners import WEBSOCKETS

        for one in listeners:
            own = (self._cloud.endpoint, self._cloud.app_endpoint)
            if one.port in self._tried or any(each.endswith(f":{one.port}") for each in own):
                continue
            self._tried.add(one.port)
            try:
                if one.service == WEBSOCKETS.service:
                    await self._cloud.listen_for_apis(one.port)
                else:
                    await self._cloud.listen(one.port, self._home)
            except UserError:
                terminal.note(
                    f"port {one.port} is in use: what code sends to the {one.service} of {one.plugin} arrives there"
                )
            else:
                scheme = "ws" if one.service == WEBSOCKETS.service else "http"
                terminal.note(f"{one.service} is at {scheme}://localhost:{one.port} as well, as {one.plugin} has it")
