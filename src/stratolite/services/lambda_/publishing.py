"""How a version is made of ``$LATEST``."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda
from stratolite.services.lambda_.domain import Version


def publish(call: Call, lambda_: Lambda, latest: Version, description: str | None) -> Version:
    """A version like ``$LATEST``; the one made before when nothing has changed since. Runs inside a transaction."""
    name = latest.name.with_qualifier("")
    if latest.published:
        known = lambda_.store.version(name, latest.published)
        if known is not None:
            return known
    function = lambda_.store.require_function(name)
    number = function.last_version + 1
    wanted = dict(latest.settings)
    if description is not None:
        wanted["Description"] = description
    revision_id = lambda_.world.entropy.uuid()
    version = replace(
        latest, name=name, number=number, settings=wanted, revision_id=revision_id, modified_ms=call.now_ms, published=0
    )
    lambda_.store.put_version(version)
    lambda_.store.set_last_version(name, number)
    lambda_.store.put_version(replace(latest, name=name, revision_id=lambda_.world.entropy.uuid(), published=number))
    return version
