"""The rows of issued credentials."""

import json

from stratolite.services.sts.domain import Session
from stratolite.storage.database import Database

EXPIRED_KEPT_MS = 7 * 24 * 60 * 60 * 1000

_COLUMNS = (
    "access_key_id, account, principal, user_id, secret_access_key, session_token, is_role, expires_ms, tags, "
    "transitive_tag_keys, source_identity"
)


class Store:
    """Reads and writes the service's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def session(self, access_key_id: str) -> Session | None:
        """The session of an access key, also one that has expired."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM sts_session WHERE access_key_id = ?", (access_key_id,))
        if row is None:
            return None
        key_id, account, principal, user_id, secret, token, is_role, expires_ms, tags, transitive, source_identity = row
        return Session(
            key_id,
            account,
            principal,
            user_id,
            secret,
            token,
            bool(is_role),
            expires_ms,
            json.loads(tags),
            tuple(json.loads(transitive)),
            source_identity,
        )

    def insert(self, session: Session, now_ms: int) -> None:
        """Keep a session; those that expired long ago go. Until then their keys are known as expired ones."""
        self._database.write("DELETE FROM sts_session WHERE expires_ms <= ?", (now_ms - EXPIRED_KEPT_MS,))
        self._database.write(
            f"INSERT INTO sts_session ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session.access_key_id,
                session.account,
                session.principal,
                session.user_id,
                session.secret_access_key,
                session.session_token,
                session.is_role,
                session.expires_ms,
                json.dumps(dict(session.tags)),
                json.dumps(session.transitive_tag_keys),
                session.source_identity,
            ),
        )
