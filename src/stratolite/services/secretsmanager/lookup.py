"""What a secret's id means: its name, its ARN, or its ARN without the hyphen and six characters at the end."""

import re

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api, rules
from stratolite.services.secretsmanager.domain import Secret

SUFFIX_LENGTH = 6
_SUFFIXED = re.compile(rf"-[A-Za-z0-9]{{{SUFFIX_LENGTH}}}\Z")
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


def find(call: Call, secrets: SecretsManager, text: str) -> Secret | None:
    """The secret that is meant; None when there is none."""
    if not text.startswith("arn:"):
        return secrets.store.secret(call, text)
    parts = text.split(":", 6)
    if len(parts) < 7:
        return None
    there, name = call.within(parts[4], parts[3]), parts[6]
    if not _SUFFIXED.search(name):
        return secrets.store.secret(there, name)
    # A part of an ARN that ends as a whole one does is taken for the whole of another: recorded,
    # test_create_and_update_secret[Invalid/_+=.@-Name-a1b2c3-False].
    whole = secrets.store.secret(there, name[: -SUFFIX_LENGTH - 1])
    return whole if whole is not None and whole.arn == text else None


def require(call: Call, secrets: SecretsManager, text: str) -> Secret:
    """The secret, waiting for its deletion or not. Raises ResourceNotFoundException, ValidationException."""
    found = find(call, secrets, text)
    if found is None:
        if not text.startswith("arn:"):
            rules.check_name(text)
        raise api.ResourceNotFoundException("Secrets Manager can't find the specified secret.")
    return found


def require_live(call: Call, secrets: SecretsManager, text: str) -> Secret:
    """The secret. Raises ResourceNotFoundException, InvalidRequestException for one that waits for its deletion."""
    found = require(call, secrets, text)
    if found.deleted_ms:
        raise api.InvalidRequestException(MARKED)
    return found
