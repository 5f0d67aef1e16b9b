"""STS as the request pipeline uses it."""

from typing import TYPE_CHECKING

from stratolite.core.ports.identities import Identity

if TYPE_CHECKING:
    from stratolite.services.sts import Sts


class StsPort:
    """The identity port."""

    def __init__(self, sts: "Sts") -> None:
        self._sts = sts

    def resolve(self, access_key_id: str) -> Identity | None:
        """Whom a temporary access key stands for, or stood for; None when it is unknown. One query."""
        session = self._sts.store.session(access_key_id)
        if session is None:
            return None
        return Identity(
            session.account,
            session.principal,
            session.expires_ms,
            session.user_id,
            session.secret_access_key,
            session.session_token,
        )


def ports(sts: "Sts") -> dict[str, object]:
    """What this service offers."""
    return {"identity": StsPort(sts)}
