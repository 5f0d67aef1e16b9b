"""How functions and layers are named: by name, by ARN whole or partial, with or without a qualifier.

Follows the constraints on FunctionName in https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html; the texts are
those of the recorded answers ``test_function_name_and_qualifier_validation``.
"""

import hashlib
import re
from functools import lru_cache

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import FunctionName

ARNS_REMEMBERED_MAX = 1024
_FUNCTION = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9-_.]+)(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_$]+))?"
)
_LAYER = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<number>\d+))?"
)


def function_name(call: Call, text: str, qualifier: str = "") -> FunctionName:
    """The function that a request names. Raises InvalidParameterValueException when the qualifier is given twice and
    differs, ResourceNotFoundException when the function is in another region."""
    parts = _FUNCTION.fullmatch(text)
    if parts is None:
        raise api.ResourceNotFoundException(f"Function not found: {text}")
    derived = parts["qualifier"] or ""
    if derived and qualifier and derived != qualifier:
        raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
    region = parts["region"] or call.region
    if region != call.region:
        raise not_found(f"Functions from '{region}' are not reachable in this region ('{call.region}')")
    return FunctionName(parts["account"] or call.account, region, parts["name"], qualifier or derived)


@lru_cache(maxsize=ARNS_REMEMBERED_MAX)
def function_of_arn(arn: str) -> FunctionName | None:
    """The function that a whole ARN names, with its qualifier; None when it names none."""
    parts = _FUNCTION.fullmatch(arn)
    if parts is None or not parts["region"] or not parts["account"]:
        return None
    return FunctionName(parts["account"], parts["region"], parts["name"], parts["qualifier"] or "")


def layer_name(call: Call, text: str) -> tuple[str, str, str, int | None]:
    """Account, region, name and version (when it has one) of the layer that a name or ARN gives."""
    parts = _LAYER.fullmatch(text)
    if parts is None:
        raise not_found("The resource you requested does not exist.")
    number = int(parts["number"]) if parts["number"] else None
    return parts["account"] or call.account, parts["region"] or call.region, parts["name"], number


def invalid(message: str) -> api.InvalidParameterValueException:
    return api.InvalidParameterValueException(message)


def not_found(message: str) -> api.ResourceNotFoundException:
    return api.ResourceNotFoundException(message)


def runtime_version_arn(region: str, runtime: str) -> str:
    """The ARN of a runtime's version. On AWS it changes with each update; here it is the runtime's own."""
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return f"arn:{partition_of(region)}:lambda:{region}::runtime:{digest}"
