"""Rotations: how one begins, goes on, succeeds, and when the next one is. Each function is in its caller's transaction.

A version without a value gets AWSPENDING, and a delivery asks the function for one step after the other. What is done
is written with the secret, so that a rotation that was cut off goes on with the step that it was in; one that failed
begins again, with the same version.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.grants import lets_invoke
from stratolite.delivery.retry import DeliveryFailed
from stratolite.services.secretsmanager import SecretsManager, staging, windows
from stratolite.services.secretsmanager.domain import CURRENT, PENDING, Rotation, Secret, Version

ROTATE = "secretsmanager.rotate"
TIMER = "secretsmanager.rotation_window"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TEST = ("testSecret",)
"""What is run when rotation is set up and does not begin at once."""
MISSING = "ResourceNotFoundException"
"""What Lambda answers when there is no function, or no policy of it."""
NO_GRANT = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the "
    "principal secretsmanager.amazonaws.com."
)
log = logging.getLogger("stratolite.services.secretsmanager")


class Turn(msgspec.Struct, array_like=True):
    """What a delivery is about. It is the secret's own while its id stands there."""

    name: str
    is_test: bool = False

    @property
    def steps(self) -> Sequence[str]:
        return TEST if self.is_test else STEPS


def may_invoke(call: Call, secrets: SecretsManager, secret: Secret, function: str) -> bool:
    """Whether the policy of a function lets Secrets Manager invoke it for a secret.

    Raises what Lambda answers when it cannot say: of a function or a policy that is missing, it says no.
    """
    parts = function.split(":")
    if len(parts) not in (7, 8) or parts[2] != "lambda":
        return False
    place = call.within(parts[4], parts[3])
    request = {"FunctionName": parts[6], **({"Qualifier": parts[7]} if len(parts) == 8 else {})}
    try:
        policy = secrets.world.operations.run(place, "lambda", "GetPolicy", request)["Policy"]
    except AwsError as error:
        if error.code != MISSING:
            log.warning("whether %s may be invoked for %s is not known: %s", function, secret.arn, error)
            raise
        return False
    facts = {"aws:sourcearn": secret.arn, "aws:sourceaccount": secret.account}
    return lets_invoke(json.loads(policy)["Statement"], "secretsmanager", secret.region, facts)


def pending(versions: Sequence[Version]) -> Version | None:
    """The version that a rotation left on its way: it has AWSPENDING, and is not the current one."""
    return next((one for one in versions if PENDING in one.stages and CURRENT not in one.stages), None)


def begin(call: Call, secrets: SecretsManager, secret: Secret, version_id: str, *, is_test: bool = False) -> Secret:
    """Rotate to a version, which need not be there yet; a test gives it the current value. The secret with it."""
    rotation, world = secret.rotation, secrets.world
    assert rotation is not None
    versions = secrets.store.versions(secret)
    if all(one.id != version_id for one in versions):
        current = next((one for one in versions if is_test and CURRENT in one.stages), None)
        text, binary = (current.text, current.binary) if current else (None, None)
        versions.append(Version(version_id, text, binary, call.now_ms))
    secrets.store.put_versions(secret, staging.staged(versions, version_id, [PENDING]))
    turn, place = Turn(secret.name, is_test), call.within(secret.account, secret.region)
    delivery = world.outbox.put(
        place, ROTATE, msgspec.msgpack.encode(turn), source=secret.arn, target=rotation.function
    )
    begun = replace(halted(secrets, rotation), version=version_id, token=world.entropy.uuid(), delivery=delivery)
    rotating = replace(secret, rotation=begun, changed_ms=call.now_ms)
    secrets.store.put_secret(rotating)
    return rotating


def plan(call: Call, secrets: SecretsManager, secret: Secret, *, is_shown: bool = True) -> Secret:
    """Set the timer of the next rotation by the rules, in the place of the one that was set; the secret with it.

    ``is_shown``: the date of the next rotation is that of this one too.
    """
    rotation, outbox = secret.rotation, secrets.world.outbox
    assert rotation is not None
    if rotation.timer:
        outbox.end(rotation.timer)
    planned = replace(rotation, timer=0, until_ms=0 if is_shown else rotation.until_ms)
    if rotation.is_on and rotation.rules:
        window = windows.following(rotation.rules, call.now_ms)
        turn = msgspec.msgpack.encode(Turn(secret.name))
        place = call.within(secret.account, secret.region)
        timer = outbox.put(place, TIMER, turn, due_ms=window.opens_ms, source=secret.arn, target=rotation.function)
        planned = replace(planned, timer=timer, until_ms=window.closes_ms if is_shown else rotation.until_ms)
    after = replace(secret, rotation=planned)
    secrets.store.put_secret(after)
    return after


def opened(call: Call, secrets: SecretsManager, turn: Turn, timer: int) -> None:
    """A window opened: begin, unless the last rotation is still being tried. What it left on its way is taken up."""
    secret = secrets.store.secret(call, turn.name)
    if secret is None or secret.rotation is None or secret.rotation.timer != timer:
        return
    secret = plan(call, secrets, secret, is_shown=False)
    assert secret.rotation is not None
    if secret.deleted_ms or secret.rotation.version:
        return
    left = pending(secrets.store.versions(secret))
    begin(call, secrets, secret, left.id if left else secrets.world.entropy.uuid())


def asked(
    call: Call, secrets: SecretsManager, turn: Turn, delivery: int, attempt: int
) -> tuple[Rotation, bytes] | None:
    """What the function is to be asked for next; None when the rotation is not under way any more.

    Raises DeliveryFailed when the function may not be invoked, or nobody can say.
    """
    secret = _secret(call, secrets, turn, delivery)
    if secret is None or secret.rotation is None:
        return None
    rotation = secret.rotation
    if rotation.attempt != attempt:
        rotation = replace(rotation, attempt=attempt, step=0)
        secrets.store.put_secret(replace(secret, rotation=rotation))
    try:
        is_allowed = may_invoke(call, secrets, secret, rotation.function)
    except AwsError as error:
        raise DeliveryFailed(f"{error.code}: {error.message}") from error
    if not is_allowed:
        raise DeliveryFailed(f"AccessDeniedException: {NO_GRANT}")
    event = {
        "Step": turn.steps[rotation.step],
        "SecretId": secret.arn,
        "ClientRequestToken": rotation.version,
        "RotationToken": rotation.token,
    }
    return rotation, json.dumps(event).encode()


def passed(call: Call, secrets: SecretsManager, turn: Turn, delivery: int) -> None:
    """A step is done; after the last one the rotation has succeeded, or it raises DeliveryFailed."""
    secret = _secret(call, secrets, turn, delivery)
    if secret is None or secret.rotation is None:
        return
    rotation = replace(secret.rotation, step=secret.rotation.step + 1)
    if rotation.step < len(turn.steps):
        secrets.store.put_secret(replace(secret, rotation=rotation))
        return
    if turn.is_test:
        _end_test(call, secrets, secret)
        return
    versions = secrets.store.versions(secret)
    if left := pending(versions):
        raise DeliveryFailed(f"{PENDING} is still on {left.id} alone: finishSecret has to move {CURRENT} there.")
    cleared = [replace(one, stages=one.stages - {PENDING}) for one in versions if PENDING in one.stages]
    secrets.store.put_versions(secret, cleared)
    days = windows.days(rotation.rules, call.now_ms) if rotation.rules else 0
    done = replace(stopped(rotation), days=days, rotated_ms=call.now_ms)
    plan(call, secrets, replace(secret, rotation=done, changed_ms=call.now_ms))


def given_up(call: Call, secrets: SecretsManager, turn: Turn, delivery: int) -> None:
    """No attempt succeeded. The version stays pending, and is taken up in the next window; that of a test goes."""
    secret = _secret(call, secrets, turn, delivery)
    if secret is None or secret.rotation is None:
        return
    if turn.is_test:
        _end_test(call, secrets, secret)
        return
    secrets.store.put_secret(replace(secret, rotation=stopped(secret.rotation)))


def halted(secrets: SecretsManager, rotation: Rotation) -> Rotation:
    """The rotation with nothing under way any more; its delivery is over, whether it waits or is in a step."""
    if rotation.delivery:
        secrets.world.outbox.end(rotation.delivery)
    return stopped(rotation)


def stopped(rotation: Rotation) -> Rotation:
    """The rotation with nothing under way."""
    return replace(rotation, version="", token="", delivery=0, step=0, attempt=0)


def _secret(call: Call, secrets: SecretsManager, turn: Turn, delivery: int) -> Secret | None:
    """The secret while a delivery rotates it."""
    secret = secrets.store.secret(call, turn.name)
    is_meant = secret is not None and secret.rotation is not None and secret.rotation.delivery == delivery
    return secret if is_meant else None


def _end_test(call: Call, secrets: SecretsManager, secret: Secret) -> None:
    rotation = secret.rotation
    assert rotation is not None
    for one in secrets.store.versions(secret):
        if one.id == rotation.version and CURRENT not in one.stages:
            secrets.store.delete_version(secret, one)
    secrets.store.put_secret(replace(secret, rotation=stopped(rotation), changed_ms=call.now_ms))
