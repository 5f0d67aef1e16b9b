"""The rows of topics and subscriptions."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from stratolite.core.call import Call
from stratolite.core.pattern import Pattern
from stratolite.services.sns import filter_policy
from stratolite.services.sns.domain import Subscription, Topic
from stratolite.storage.database import Database

_TOPIC = "arn, account, region, name, attributes, tags, deleted_subscriptions"
_SUBSCRIPTION = (
    "arn, topic_arn, account, region, owner, principal, protocol, endpoint, attributes, is_pending, is_authenticated,"
    " is_protected"
)

POLICIES_CACHED_MAX = 4096


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._compiled: dict[tuple[str, str], Pattern] = {}

    # Topics ----------------------------------------------------------------------------------------------

    def topic(self, arn: str) -> Topic | None:
        row = self._database.one(f"SELECT {_TOPIC} FROM sns_topic WHERE arn = ?", (arn,))
        return _topic(row) if row else None

    def topics(self, call: Call, after: str, limit: int) -> list[Topic]:
        """Topics of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_TOPIC} FROM sns_topic WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
            (call.account, call.region, after, limit),
        )
        return [_topic(row) for row in rows]

    def insert_topic(self, topic: Topic) -> None:
        self._database.write(
            f"INSERT INTO sns_topic ({_TOPIC}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                topic.arn,
                topic.account,
                topic.region,
                topic.name,
                json.dumps(topic.attributes),
                json.dumps(topic.tags),
                topic.deleted_subscriptions,
            ),
        )

    def update_topic(
        self, arn: str, *, attributes: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        if attributes is not None:
            self._database.write(
                "UPDATE sns_topic SET attributes = ? WHERE arn = ?", (json.dumps(dict(attributes)), arn)
            )
        if tags is not None:
            self._database.write("UPDATE sns_topic SET tags = ? WHERE arn = ?", (json.dumps(dict(tags)), arn))

    def delete_topic(self, arn: str, now_ms: int) -> int:
        """Delete a topic; how many subscriptions are left without one."""
        orphans = self._database.write(
            f"INSERT INTO sns_orphan ({_SUBSCRIPTION}, deleted_ms) SELECT {_SUBSCRIPTION}, ? FROM sns_subscription"
            " WHERE topic_arn = ?",
            (now_ms, arn),
        )
        self._database.write("DELETE FROM sns_subscription WHERE topic_arn = ?", (arn,))
        self._database.write("DELETE FROM sns_topic WHERE arn = ?", (arn,))
        return orphans

    # Subscriptions ---------------------------------------------------------------------------------------

    def subscription(self, arn: str) -> Subscription | None:
        """A subscription, also one whose topic is gone."""
        row = self._database.one(
            f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE arn = ? UNION ALL"
            f" SELECT {_SUBSCRIPTION} FROM sns_orphan WHERE arn = ?",
            (arn, arn),
        )
        return _subscription(row) if row else None

    def same_subscription(self, topic_arn: str, protocol: str, endpoint: str) -> Subscription | None:
        row = self._database.one(
            f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE topic_arn = ? AND protocol = ? AND endpoint = ?",
            (topic_arn, protocol, endpoint),
        )
        return _subscription(row) if row else None

    def subscriptions_of(self, topic_arn: str, after: str = "", limit: int = -1) -> list[Subscription]:
        """Subscriptions of a topic in order of ARN, after one; all of them unless limited."""
        rows = self._database.query(
            f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE topic_arn = ? AND arn > ? ORDER BY arn LIMIT ?",
            (topic_arn, after, limit),
        )
        return [_subscription(row) for row in rows]

    def subscriptions(self, call: Call, after: str, limit: int) -> list[Subscription]:
        """Subscriptions of the caller's namespace in order of ARN, after one; also those whose topic is gone."""
        rows = self._database.query(
            f"SELECT {_SUBSCRIPTION} FROM sns_subscription WHERE account = ? AND region = ? AND arn > ? UNION ALL"
            f" SELECT {_SUBSCRIPTION} FROM sns_orphan WHERE account = ? AND region = ? AND arn > ?"
            " ORDER BY arn LIMIT ?",
            (call.account, call.region, after) * 2 + (limit,),
        )
        return [_subscription(row) for row in rows]

    def count_subscriptions(self, topic_arn: str) -> tuple[int, int]:
        """How many subscriptions of a topic are confirmed, and how many are not."""
        row = self._database.one(
            "SELECT count(*), coalesce(sum(is_pending), 0) FROM sns_subscription WHERE topic_arn = ?", (topic_arn,)
        )
        assert row is not None
        return row[0] - row[1], row[1]

    def insert_subscription(self, subscription: Subscription) -> None:
        self._database.write(
            f"INSERT INTO sns_subscription ({_SUBSCRIPTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                subscription.arn,
                subscription.topic_arn,
                subscription.account,
                subscription.region,
                subscription.owner,
                subscription.principal,
                subscription.protocol,
                subscription.endpoint,
                json.dumps(dict(subscription.attributes)),
                subscription.is_pending,
                subscription.is_authenticated,
                subscription.is_protected,
            ),
        )

    def confirm_subscription(self, confirmed: Subscription) -> None:
        self._database.write(
            "UPDATE sns_subscription SET is_pending = 0, is_authenticated = ?, is_protected = ? WHERE arn = ?",
            (confirmed.is_authenticated, confirmed.is_protected, confirmed.arn),
        )

    def delete_pending(self, arn: str) -> None:
        """Delete a subscription that nobody has confirmed."""
        self._database.write("DELETE FROM sns_subscription WHERE arn = ? AND is_pending", (arn,))

    def update_subscription(self, arn: str, attributes: Mapping[str, str]) -> None:
        for table in ("sns_subscription", "sns_orphan"):
            self._database.write(
                f"UPDATE {table} SET attributes = ? WHERE arn = ?", (json.dumps(dict(attributes)), arn)
            )

    def delete_subscription(self, subscription: Subscription) -> None:
        if self._database.write("DELETE FROM sns_subscription WHERE arn = ?", (subscription.arn,)):
            self._database.write(
                "UPDATE sns_topic SET deleted_subscriptions = deleted_subscriptions + 1 WHERE arn = ?",
                (subscription.topic_arn,),
            )
        self._database.write("DELETE FROM sns_orphan WHERE arn = ?", (subscription.arn,))

    def forget_orphans(self, before_ms: int) -> None:
        """Delete the subscriptions whose topics were deleted until then."""
        self._database.write("DELETE FROM sns_orphan WHERE deleted_ms <= ?", (before_ms,))

    def accepts(self, subscription: Subscription, message: str, attributes: Mapping[str, Any]) -> bool:
        """Whether a subscription's filter policy lets a message pass; compiled policies are kept by their text."""
        source = subscription.attributes.get("FilterPolicy")
        if not source:
            return True
        key = (source, subscription.filter_scope)
        compiled = self._compiled.get(key)
        if compiled is None:
            if len(self._compiled) >= POLICIES_CACHED_MAX:
                self._compiled.clear()
            compiled = self._compiled[key] = filter_policy.parse(*key)
        return filter_policy.accepts(compiled, subscription.filter_scope, message, attributes)

    # Tokens ----------------------------------------------------------------------------------------------

    def insert_token(self, token: str, subscription: Subscription, now_ms: int, expires_ms: int) -> None:
        """Keep a token with the subscription that it confirms or restores; tokens that have expired go."""
        self._database.write("DELETE FROM sns_token WHERE expires_ms <= ?", (now_ms,))
        self._database.write(
            "INSERT INTO sns_token VALUES (?, ?, ?)", (token, json.dumps(asdict(subscription)), expires_ms)
        )

    def subscription_of_token(self, token: str, now_ms: int) -> Subscription | None:
        """The subscription as it was when its token was made."""
        row = self._database.one(
            "SELECT subscription FROM sns_token WHERE token = ? AND expires_ms > ?", (token, now_ms)
        )
        return Subscription(**json.loads(row[0])) if row else None

    # The signing key -------------------------------------------------------------------------------------

    def signing_key(self) -> tuple[bytes, bytes] | None:
        """The private key and the certificate, as PEM."""
        row = self._database.one("SELECT private_key, certificate FROM sns_signing_key")
        return (row[0], row[1]) if row else None

    def insert_signing_key(self, private_key: bytes, certificate: bytes) -> None:
        self._database.write("INSERT INTO sns_signing_key VALUES (1, ?, ?)", (private_key, certificate))


def _topic(row: tuple[Any, ...]) -> Topic:
    arn, account, region, name, attributes, tags, deleted = row
    return Topic(arn, account, region, name, json.loads(attributes), json.loads(tags), deleted)


def _subscription(row: tuple[Any, ...]) -> Subscription:
    arn, topic_arn, account, region, owner, principal, protocol, endpoint, attributes, *flags = row
    is_pending, is_authenticated, is_protected = map(bool, flags)
    return Subscription(
        arn,
        topic_arn,
        account,
        region,
        owner,
        principal,
        protocol,
        endpoint,
        json.loads(attributes),
        is_pending,
        is_authenticated,
        is_protected,
    )
