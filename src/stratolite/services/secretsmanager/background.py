"""Secrets whose days of recovery are over are deleted; rotations begin by the clock, and ask their function.

A rotation that fails is tried again as a whole, after one minute, two, four, and at last every hour, for a day. (Of
AWS it is known that it tries several times.)
"""

import logging
import math

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import ONCE, DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.secretsmanager import SecretsManager, rotating
from stratolite.services.secretsmanager.domain import Rotation, Secret

KIND = "secretsmanager.delete"
WAIT_S_FIRST, WAIT_S_MAX = 60.0, 3600.0
AGAIN = RetryPolicy(lambda attempts: min(WAIT_S_FIRST * 2.0 ** min(attempts - 1, 10), WAIT_S_MAX))
TIMERS = RetryPolicy(lambda attempts: WAIT_S_FIRST, age_s_max=math.inf)
"""A rotation that could not begin, because there was no room for what it causes, must not end for ever."""
log = logging.getLogger("stratolite.services.secretsmanager")


class Doomed(msgspec.Struct, array_like=True):
    """Which secret, and of which deletion: one that was restored, or deleted again, stays."""

    name: str
    suffix: str
    deleted_ms: int


def plan(call: Call, secrets: SecretsManager, secret: Secret) -> None:
    """Delete a secret when its time has come; in the current transaction."""
    doomed = Doomed(secret.name, secret.suffix, secret.deleted_ms)
    place = call.within(secret.account, secret.region)
    secrets.world.outbox.put(
        place, KIND, msgspec.msgpack.encode(doomed), due_ms=secret.gone_ms, source=secret.arn, target=secret.arn
    )


def kinds(secrets: SecretsManager) -> tuple[Kind, ...]:
    """One row a deletion, one a rotation that is under way, one a window that will open."""
    rotations = _Rotations(secrets)

    async def delete(entry: Entry) -> Effect:
        doomed = msgspec.msgpack.decode(entry.payload, type=Doomed)
        call = entry.call(secrets.world.clock.now_ms())

        def effect() -> None:
            found = secrets.store.secret(call, doomed.name)
            if found is not None and (found.suffix, found.deleted_ms) == (doomed.suffix, doomed.deleted_ms):
                secrets.store.delete_secret(found)

        return effect

    return (
        Kind(KIND, delete),
        Kind(rotating.ROTATE, rotations.rotate, _again, rotations.dead),
        Kind(rotating.TIMER, rotations.opened, TIMERS),
    )


def _turn(entry: Entry) -> rotating.Turn:
    return msgspec.msgpack.decode(entry.payload, type=rotating.Turn)


def _again(entry: Entry) -> RetryPolicy:
    return ONCE if _turn(entry).is_test else AGAIN


class _Rotations:
    def __init__(self, secrets: SecretsManager) -> None:
        self._secrets = secrets
        self._world = secrets.world

    def _call(self, entry: Entry) -> Call:
        return entry.call(self._world.clock.now_ms())

    async def opened(self, entry: Entry) -> Effect:
        """A window has opened."""
        return lambda: rotating.opened(self._call(entry), self._secrets, _turn(entry), entry.id)

    async def rotate(self, entry: Entry) -> Effect | None:
        """Ask for one step after the other, from the one that is next; the last one ends with the delivery."""
        transact, turn = self._world.database.transact, _turn(entry)
        while True:
            asked = await transact(lambda: self._asked(entry, turn))
            if asked is None:
                return None
            rotation, event = asked
            await self._invoke(entry, rotation.function, event)
            if rotation.step + 1 == len(turn.steps):
                return lambda: rotating.passed(self._call(entry), self._secrets, turn, entry.id)
            await transact(lambda: rotating.passed(self._call(entry), self._secrets, turn, entry.id))

    def _asked(self, entry: Entry, turn: rotating.Turn) -> tuple[Rotation, bytes] | None:
        return rotating.asked(self._call(entry), self._secrets, turn, entry.id, entry.attempts)

    async def _invoke(self, entry: Entry, function: str, event: bytes) -> None:
        try:
            result = await self._world.ports.function.invoke(self._call(entry), function, event, None)
        except AwsError as error:
            raise DeliveryFailed(f"{error.code}: {error.message}") from error
        if result.error:
            raise DeliveryFailed(result.payload.decode(errors="replace"))

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        log.warning("the rotation of %s was given up: %s", entry.source, failure.reason)
        rotating.given_up(self._call(entry), self._secrets, _turn(entry), entry.id)
