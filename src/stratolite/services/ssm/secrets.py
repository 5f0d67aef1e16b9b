"""Secrets of Secrets Manager, read by names of Parameter Store: ``/aws/reference/secretsmanager/<secret id>``.

Behind a colon may stand the id of a version, or a stage.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
"""

import json

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.ssm import Ssm, api
from stratolite.services.ssm.domain import SECURE

PREFIX = "/aws/reference/secretsmanager/"
VERSION_LENGTH_MIN = 32
"""Of the ids of versions: what is shorter is a stage."""


def is_secret(name: str) -> bool:
    """Whether a name means a secret."""
    return name.startswith(PREFIX)


def read(call: Call, ssm: Ssm, name: str, *, is_decrypted: bool) -> api.Parameter:
    """The secret as a parameter. Raises ParameterNotFound, ValidationException unless it is to be decrypted."""
    if not is_decrypted:
        raise ValidationException("WithDecryption flag must be True for retrieving a Secret Manager secret.")
    request = _request(name.removeprefix(PREFIX))
    try:
        secret = ssm.world.operations.run(call, "secretsmanager", "GetSecretValue", request)
    except AwsError as error:
        raise api.ParameterNotFound(
            f"An error occurred ({error.code}) when referencing Secrets Manager: Secret {name} not found."
        ) from error
    if "SecretString" not in secret:
        raise ValidationException(f"The secret {name} is binary, which a parameter cannot be.")
    shown = {key: secret[key] for key in ("ARN", "Name", "VersionId", "SecretString", "VersionStages", "CreatedDate")}
    return {
        "Name": name,
        "Type": SECURE,
        "Value": secret["SecretString"],
        "Version": 0,
        "SourceResult": json.dumps(shown),
        "LastModifiedDate": secret["CreatedDate"],
        "ARN": secret["ARN"],
        "DataType": "text",
    }


def _request(text: str) -> dict[str, str]:
    secret_id, _, version = text.rpartition(":")
    if text.startswith("arn:") or not secret_id:
        return {"SecretId": text}
    return {"SecretId": secret_id, "VersionId" if len(version) >= VERSION_LENGTH_MIN else "VersionStage": version}
