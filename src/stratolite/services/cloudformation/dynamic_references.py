"""Dynamic references: ``{{resolve:ssm:name:version}}``, ``{{resolve:secretsmanager:id:SecretString:key:stage:id}}``.

They are read through the services' own operations each time a template's values are worked out, so that what a stack
was given is what there was when it was deployed. ``ssm-secure`` is for properties of services that are not here.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import json
import re
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.core.service import Operations
from stratolite.services.cloudformation.expressions import UNKNOWN

PATTERN = re.compile(r"\{\{resolve:([a-z-]+):([^{}]*)\}\}")
_ARN_PARTS = 7
_SECRET = "SecretString"


class References:
    """Gives the values of dynamic references in the name of a call; each is read once.

    In a preview what cannot be read is unknown: the stack itself may be about to make it.
    """

    def __init__(self, operations: Operations, call: Call, *, is_preview: bool) -> None:
        self._operations = operations
        self._call = call
        self._is_preview = is_preview
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text with values in the place of its references. Raises ValidationError, NotImplementedHere."""
        try:
            return PATTERN.sub(self._replace, text)
        except ValidationError:
            if self._is_preview:
                return UNKNOWN
            raise

    def _replace(self, found: re.Match[str]) -> str:
        whole, service, rest = found[0], found[1], found[2]
        if whole not in self._known:
            if service == "ssm":
                self._known[whole] = self._parameter(rest)
            elif service == "secretsmanager":
                self._known[whole] = self._secret(whole, rest)
            else:
                said = f"The dynamic reference {whole} is not implemented by this version of Stratolite."
                raise NotImplementedHere(said)
        return self._known[whole]

    def _parameter(self, name: str) -> str:
        try:
            answer = self._run("ssm", "GetParameter", {"Name": name})
        except AwsError as error:
            if error.code in ("ParameterNotFound", "ParameterVersionNotFound"):
                said = f"Parameters: [ssm:{name}] cannot be found."
                raise ValidationError(said) from error
            raise
        parameter = answer["Parameter"]
        if parameter["Type"] == "SecureString":
            raise ValidationError(f"Non-secure ssm reference was used for secure string parameter {name}.")
        return str(parameter["Value"])

    def _secret(self, whole: str, rest: str) -> str:
        parts = rest.split(":")
        width = _ARN_PARTS if parts[0] == "arn" else 1
        secret, (kind, key, stage, version) = ":".join(parts[:width]), (parts[width:] + [""] * 4)[:4]
        if kind not in ("", _SECRET):
            said = f"Incorrect format is used in the following SecretsManager dynamic reference: [{rest}]"
            raise ValidationError(said)
        request = {"SecretId": secret}
        if stage:
            request["VersionStage"] = stage
        if version:
            request["VersionId"] = version
        try:
            text = str(self._run("secretsmanager", "GetSecretValue", request).get(_SECRET, ""))
        except AwsError as error:
            where = f"Service: AWSSecretsManager; Status Code: {error.status}; Error Code: {error.code}"
            raise ValidationError(f"{error.message} ({where})") from error
        if not key:
            return text
        try:
            value = json.loads(text)[key]
        except (ValueError, KeyError, TypeError) as error:
            said = f"Could not find a value associated with JSONKey in SecretString: {whole}"
            raise ValidationError(said) from error
        return value if isinstance(value, str) else json.dumps(value)

    def _run(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._operations.run(self._call, service, operation, request)


def refuse(text: str) -> str:
    """Where nothing can be read yet. Raises ValidationError for a text with a dynamic reference."""
    found = PATTERN.search(text)
    if found is not None:
        raise ValidationError(f"The dynamic reference {found[0]} cannot stand here.")
    return text
