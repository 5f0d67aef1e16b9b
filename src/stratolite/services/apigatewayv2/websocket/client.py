"""What is known of a client of a WebSocket API for as long as it is connected, and kept for its ``$disconnect``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.call import Call
from stratolite.core.ids import DRAWN_BYTES, Ids, ids_of
from stratolite.services.world import World
from stratolite.storage.documents import Document


@dataclass(slots=True)
class Client:
    """One client. ``domain`` and ``host``: by which name functions reach it, and by which it came."""

    connection_id: str
    account: str
    region: str
    api_id: str
    stage: str
    domain: str
    host: str
    source_ip: str
    user_agent: str
    connected_ms: int
    signer: Mapping[str, Any] = field(default_factory=dict)
    """Who signed the request, as ``requestContext.identity`` has it; empty where nobody had to."""
    authorizer: Mapping[str, Any] | None = None
    """``requestContext.authorizer``; None where nobody was asked."""

    @classmethod
    def of(cls, document: Document) -> "Client":
        """From what was stored."""
        return cls(**document)

    @property
    def document(self) -> Document:
        """As it is stored."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens to a client: it connects, says something, or is gone."""

    client: Client
    now_ms: int
    ids: Ids
    call: Call

    @property
    def request_id(self) -> str:
        """What the client and its function see as ``requestId``."""
        return self.ids.extended


def moment_of(world: World, client: Client, trace: str = "") -> Moment:
    """What happens now. ``trace``: the trace header that came with it."""
    now_ms = world.clock.now_ms()
    ids = ids_of(world.entropy.token_bytes(DRAWN_BYTES), trace, now_ms)
    call = Call(
        account=client.account,
        region=client.region,
        request_id=ids.request,
        now_ms=now_ms,
        trace_id=ids.carried,
        endpoint=world.settings.endpoint,
    )
    return Moment(client, now_ms, ids, call)
