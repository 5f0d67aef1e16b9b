"""What a secret's id means: its name, its ARN, or its ARN without the hyphen and six characters at the end."""

from stratolite.core.call import Call
from stratolite.services.secretsmanager import SecretsManager, api
from stratolite.services.secretsmanager.domain import Secret

SUFFIX_LENGTH = 6
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


def find(call: Call, secrets: SecretsManager, text: str) -> Secret | None:
    """The secret that is meant; None when there is none."""
    if not text.startswith("arn:"):
        return secrets.store.secret(call, text)
    parts = text.split(":", 6)
    if len(parts) < 7:
        return None
    there, name = call.within(parts[4], parts[3]), parts[6]
    whole = secrets.store.secret(there, name[: -SUFFIX_LENGTH - 1]) if name[-SUFFIX_LENGTH - 1 :][:1] == "-" else None
    if whole is not None and whole.arn == text:
        return whole
    return secrets.store.secret(there, name)


def require(call: Call, secrets: SecretsManager, text: str) -> Secret:
    """The secret, waiting for its deletion or not. Raises ResourceNotFoundException."""
    found = find(call, secrets, text)
    if found is None:
        raise api.ResourceNotFoundException("Secrets Manager can't find the specified secret.")
    return found


def require_live(call: Call, secrets: SecretsManager, text: str) -> Secret:
    """The secret. Raises ResourceNotFoundException, InvalidRequestException for one that waits for its deletion."""
    found = require(call, secrets, text)
    if found.deleted_ms:
        raise api.InvalidRequestException(MARKED)
    return found
