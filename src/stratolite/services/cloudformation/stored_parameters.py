"""Parameters whose values Systems Manager keeps: ``AWS::SSM::Parameter::Value<String>`` and its like.

They are read once, when an operation is asked for; stacks show what was read as ``ResolvedValue``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationError
from stratolite.core.service import Operations
from stratolite.services.cloudformation.parameters import STORED

NAME = f"{STORED}Name"
_MISSING = ("ParameterNotFound", "ParameterVersionNotFound", "ValidationException")


def resolved(
    operations: Operations, call: Call, declared: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]
) -> dict[str, str]:
    """The values that are kept under the names that parameters have. Raises ValidationError."""
    found: dict[str, str] = {}
    missing, unsupported = [], []
    for name, declaration in declared.items():
        if not str(declaration["Type"]).startswith(STORED):
            continue
        try:
            parameter = operations.run(call, "ssm", "GetParameter", {"Name": texts[name]})["Parameter"]
        except AwsError as error:
            if error.code not in _MISSING:
                raise
            missing.append(texts[name])
            continue
        if parameter["Type"] == "SecureString":
            unsupported.append(texts[name])
        elif declaration["Type"] != NAME:
            found[name] = parameter["Value"]
    if missing:
        raise ValidationError(
            f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this account."
        )
    if unsupported:
        said = ",".join(unsupported)
        raise ValidationError(f"Parameters [{said}] referenced by template have types not supported by CloudFormation.")
    return found
