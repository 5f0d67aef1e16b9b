"""The role that is assumed: as IAM knows it, else by its ARN alone."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.world import World


@dataclass(frozen=True, slots=True)
class Role:
    """A role as far as a session needs it."""

    role_id: str
    """``AROA...``."""
    duration_s_max: int | None = None
    """How long a session may last; None where nothing limits it."""


def role_of(call: Call, world: World, arn: Arn, name: str) -> Role:
    """A role. Templates name roles of other teams, so that one which IAM does not know may be assumed as well."""
    try:
        found = world.operations.run(call.within(arn.account, call.region), "iam", "GetRole", {"RoleName": name})
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        return _unknown(arn)
    role = found["Role"]
    if role["Arn"] != str(arn):
        return _unknown(arn)
    # A service that acts for itself (Lambda for its functions) is not bound by the role's setting.
    return Role(role["RoleId"], role["MaxSessionDuration"] if call.principal else None)


def _unknown(arn: Arn) -> Role:
    """The same id for an ARN every time."""
    return Role("AROA" + b32encode(hashlib.sha256(str(arn).encode()).digest()).decode()[:17])
