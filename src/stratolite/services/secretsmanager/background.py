"""Secrets whose days of recovery are over are deleted."""

import msgspec

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.secretsmanager import SecretsManager
from stratolite.services.secretsmanager.domain import Secret

KIND = "secretsmanager.delete"


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
    """``secretsmanager.delete``: one row a deletion."""

    async def delete(entry: Entry) -> Effect:
        doomed = msgspec.msgpack.decode(entry.payload, type=Doomed)
        call = entry.call(secrets.world.clock.now_ms())

        def effect() -> None:
            found = secrets.store.secret(call, doomed.name)
            if found is not None and (found.suffix, found.deleted_ms) == (doomed.suffix, doomed.deleted_ms):
                secrets.store.delete_secret(found)

        return effect

    return (Kind(KIND, delete),)
