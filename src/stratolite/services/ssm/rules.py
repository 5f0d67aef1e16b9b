"""What a parameter may be, beyond the model.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints
and https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import AwsError, NotImplementedHere, ValidationException
from stratolite.services.ssm import api
from stratolite.services.ssm.domain import Parameter

NAME_LENGTH_MAX = 1011
LEVELS_MAX = 15
VALUE_LENGTH_MAX = {"Standard": 4096, "Advanced": 8192}
PARAMETERS_MAX = 10_000
"""Of the standard tier, in an account and region."""
VERSIONS_MAX = 100
LABELS_MAX = 10
TAGS_MAX = 50
PUBLIC = "/aws/service"
"""Below it are AWS's own parameters, of which there are none here."""
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
_PATH = re.compile(r"/|(/[a-zA-Z0-9_.\-]+)+/?")
_FORM = (
    'can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by '
    "slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
)
_PREFIX = (
    'It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the '
    "following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if "
    'specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


class AccessDeniedException(AwsError):
    """The names that begin with /aws/ are AWS's own."""

    code = "AccessDeniedException"
    status = 400


def check_name(name: str) -> None:
    """Raises ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException for a new parameter."""
    lower, is_path = name.lower().removeprefix("/"), "/" in name.removeprefix("/")
    if lower.startswith("aws") and name.startswith("/") and is_path:
        raise AccessDeniedException(f"No access to reserved parameter name: {name}.")
    if lower.startswith(("aws", "ssm")):
        if not is_path:
            raise ValidationException('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
        raise ValidationException(f"Parameter name: {_FORM}")
    if is_path and not name.startswith("/"):
        raise ValidationException("Parameter name must be a fully qualified name.")
    if ":" in name:
        raise ValidationException(
            "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>"
        )
    if not _NAME.fullmatch(name) or "//" in name or name.endswith("/"):
        raise ValidationException(f"Parameter name: {_FORM}")
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationException(f"Parameter name must be at most {NAME_LENGTH_MAX} characters long.")
    if name.removeprefix("/").count("/") >= LEVELS_MAX:
        raise api.HierarchyLevelLimitExceededException(
            f"A parameter hierarchy can have a maximum of {LEVELS_MAX} levels. Enter a different name and try again."
        )


def check_path(path: str) -> None:
    """Raises ValidationException for a path that parameters cannot be below."""
    if not _PATH.fullmatch(path):
        raise ValidationException(
            "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
            f'slash "/". {_PREFIX}'
        )


def check_common_path(path: str) -> None:
    """Raises ValidationException for a path that parameters of one's own cannot be below."""
    check_path(path)
    if path.lower().startswith(("/aws", "/ssm")) and not path.startswith(f"{PUBLIC}/"):
        raise ValidationException(
            'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using '
            "global parameters, please specify within a global namespace."
        )


def check_request(request: Mapping[str, Any]) -> None:
    """Check a PutParameter request by itself. Raises ValidationException, NotImplementedHere."""
    check_name(request["Name"])
    if not request["Value"]:
        raise ValidationException(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1."
        )
    if request.get("Policies"):
        raise NotImplementedHere("Policies of parameters are not implemented by this version of Stratolite.")
    data_type = request.get("DataType") or "text"
    if data_type in ("aws:ec2:image", "aws:ssm:integration"):
        raise NotImplementedHere(f"The data type {data_type} is not implemented by this version of Stratolite.")
    if data_type != "text":
        raise ValidationException(
            f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )
    if request.get("Overwrite") and request.get("Tags"):
        raise ValidationException(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    check_tags({tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises TooManyTagsError, ValidationException."""
    if len(tags) > TAGS_MAX:
        raise api.TooManyTagsError(f"The number of tags exceeds the limit of {TAGS_MAX}.")
    if any(key.startswith("aws:") for key in tags):
        raise ValidationException("Tag keys starting with 'aws:' are reserved for system use")


def tier_of(request: Mapping[str, Any], before: Parameter | None) -> str:
    """The tier of a new version. Raises ValidationException for a value that is too long for it, or a way back."""
    wanted, length = request.get("Tier", before.tier if before else "Standard"), len(request["Value"])
    if wanted == "Intelligent-Tiering":
        is_long = length > VALUE_LENGTH_MAX["Standard"] or (before is not None and before.tier == "Advanced")
        wanted = "Advanced" if is_long else "Standard"
    if before is not None and before.tier == "Advanced" and wanted == "Standard":
        raise ValidationException(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter."
        )
    if length > VALUE_LENGTH_MAX[wanted]:
        more = (
            " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more "
            "information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "parameter-store-advanced-parameters.html"
        )
        raise ValidationException(
            f"{wanted} tier parameters support a maximum parameter value of {VALUE_LENGTH_MAX[wanted]} characters."
            + (more if wanted == "Standard" else "")
        )
    return str(wanted)


def check_pattern(pattern: str, value: str) -> None:
    """Raises InvalidAllowedPatternException, ParameterPatternMismatchException."""
    try:
        is_match = re.fullmatch(pattern, value) is not None
    except re.error:
        raise api.InvalidAllowedPatternException(
            f"The allowed pattern is not a regular expression: {pattern}"
        ) from None
    if not is_match:
        raise api.ParameterPatternMismatchException(
            f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        )


def valid_labels(labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """(labels that may be, labels that may not): they begin with no digit and none of AWS's own names."""
    good: list[str] = []
    bad: list[str] = []
    for label in labels:
        is_good = re.fullmatch(r"[a-zA-Z_.\-][a-zA-Z0-9_.\-]*", label) and not label.lower().startswith(("aws", "ssm"))
        (good if is_good else bad).append(label)
    return good, bad
