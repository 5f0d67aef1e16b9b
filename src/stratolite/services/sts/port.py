"""STS as the request pipeline uses it."""

from typing import TYPE_CHECKING

from stratolite.core.ports import Identity

if TYPE_CHECKING:
    from stratolite.services.sts import Sts


class StsPort:
    """The identity port."""

    def __init__(self, sts: "Sts") -> None:
        self._sts = sts

    def resolve(self, access_key_id: str, now_ms: int) -> Identity | None:
        """Whom a temporary access key stands for; None when it is unknown or has expired. One query."""
        session = self._sts.store.session(access_key_id, now_ms)
        return Identity(session.account, session.principal) if session else None


def ports(sts: "Sts") -> dict[str, object]:
    """What this service offers."""
    return {"identity": StsPort(sts)}
