"""The sending of an answer that comes in pieces: whether all of it was sent, and what is told when not."""

import logging
from collections.abc import Awaitable

from stratolite.core.tasks import contain
from stratolite.http.message import BrokenOff

log = logging.getLogger("stratolite")


async def is_whole(incoming: object, sending: Awaitable[None]) -> bool:
    """Wait until an answer is sent; whether all of it was. If not, it is logged why, a fault of ours with its trace."""
    return await contain(f"sending the answer to {incoming}", _is_whole(incoming, sending)) is True


async def _is_whole(incoming: object, sending: Awaitable[None]) -> bool:
    try:
        await sending
    except BrokenOff as error:
        log.warning("the answer to %s broke off: %s", incoming, error)
        return False
    return True
