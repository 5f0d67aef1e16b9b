"""Random passwords."""

from collections.abc import Mapping
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api

LENGTH_DEFAULT = 32
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def get_random_password(
    call: Call, secrets: SecretsManager, request: api.GetRandomPasswordRequest
) -> api.GetRandomPasswordResponse:
    """A password of the wanted length and characters; one of each kind unless that is not required."""
    length = request.get("PasswordLength", LENGTH_DEFAULT)
    kinds = _kinds(request)
    if not kinds:
        raise api.InvalidParameterException("The password would have no characters to choose from.")
    is_of_each = request.get("RequireEachIncludedType", True)
    required = [kind for kind in kinds if kind != " "] if is_of_each else []
    if length < len(required):
        raise api.InvalidParameterException("Password length is too short based on the required types.")
    entropy = secrets.world.entropy
    chosen = [entropy.token(1, kind) for kind in (kinds if is_of_each and length >= len(kinds) else required)]
    chosen += entropy.token(length - len(chosen), "".join(kinds))
    for place in range(len(chosen) - 1, 0, -1):
        other = entropy.integer(place + 1)
        chosen[place], chosen[other] = chosen[other], chosen[place]
    return {"RandomPassword": "".join(chosen)}


def _kinds(request: Mapping[str, Any]) -> list[str]:
    kinds = (
        (ascii_lowercase, not request.get("ExcludeLowercase")),
        (ascii_uppercase, not request.get("ExcludeUppercase")),
        (digits, not request.get("ExcludeNumbers")),
        (PUNCTUATION, not request.get("ExcludePunctuation")),
        (" ", bool(request.get("IncludeSpace"))),
    )
    excluded = request.get("ExcludeCharacters", "")
    kept = ["".join(one for one in kind if one not in excluded) for kind, is_wanted in kinds if is_wanted]
    return [kind for kind in kept if kind]
