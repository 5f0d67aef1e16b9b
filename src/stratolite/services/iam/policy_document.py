"""Policy documents: whether AWS takes them, and in which words it refuses them.

Checks come in strata, as AWS makes them: syntax, version, what an older parser reads once more, statement ids, actions,
resources. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, and for the texts
what the service answers.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stratolite.services.iam import api

VERSIONS = ("2012-10-17", "2008-10-17")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_TOP = {"Version", "Id", "Statement"}
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_OPERATORS = {
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
    "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
    "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
    "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
    "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
}  # fmt: skip
_QUALIFIERS = re.compile(r"^(?:ForAnyValue:|ForAllValues:)|IfExists$")
_VENDOR = re.compile(r"[A-Za-z0-9\-.]*")
_SID = re.compile(r"[0-9A-Za-z]*")
_DATE = re.compile(
    r"-?\d+(?:-(?:0?[1-9]|1[0-2])(?:-(?:0?[1-9]|[12]\d|3[01]))?)?"
    r"(?:t(?:(?:[01]?\d|2[0-3])(?::[0-5]?\d(?::[0-5]?\d(?:\.\d{1,9})?(?:z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?)?)?)?",
    re.IGNORECASE | re.ASCII,
)
_TIMESTAMP = re.compile(r"\d{1,19}", re.ASCII)
TIMESTAMP_MAX = 2**63 - 1
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip

Statement = Mapping[str, Any]


def managed_policy(text: str) -> str:
    """A managed policy, whose version has to be the newer one. Raises MalformedPolicyDocument."""
    document = _read(text, "Syntax errors in policy.")
    statements = _statements(document)
    if document.get("Version") != VERSIONS[0]:
        raise _malformed("Policy document must be version 2012-10-17 or greater.")
    _check_identity(statements)
    return text


def inline_policy(text: str) -> str:
    """A policy of one role, of any version: SAM's policy templates have none. Raises MalformedPolicyDocument."""
    _check_identity(_statements(_read(text, "Syntax errors in policy.")))
    return text


def _check_identity(statements: list[dict[str, Any]]) -> None:
    if any("Principal" in statement or "NotPrincipal" in statement for statement in statements):
        raise _malformed("Policy document should not specify a principal.")
    wrong_resource = _second_reading(statements)
    _check_ids(statements)
    _check_presence(statements, "Action", "Policy statement must contain actions.")
    if wrong_resource:
        raise _malformed(wrong_resource)
    _check_actions(statements)
    _check_presence(statements, "Resource", "Policy statement must contain resources.")


def trust_policy(text: str) -> str:
    """Who may assume a role. Raises MalformedPolicyDocument."""
    statements = _statements(_read(text, "This policy contains invalid Json"))
    for statement in statements:
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if not statement.get("Principal") and not statement.get("NotPrincipal"):
            raise _malformed("Missing required field Principal")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise _malformed("Syntax errors in policy.")
    _check_presence(statements, "Action", "Missing required field Action")
    for statement in statements:
        for action in _texts(statement, "Action"):
            if action != "*" and not action.lower().startswith("sts:"):
                raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    return text


# Syntax ---------------------------------------------------------------------------------------------------------


def _read(text: str, said: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _malformed(said) from error
    if not isinstance(value, dict):
        raise _malformed("Syntax errors in policy.")
    return value


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a document whose syntax is right."""
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    is_right = (
        set(document) <= _TOP
        and document.get("Version", VERSIONS[0]) in VERSIONS
        and isinstance(document.get("Id", ""), str)
        and isinstance(statements, list)
        and bool(statements)
        and all(isinstance(statement, dict) and _is_statement(statement) for statement in statements)
    )
    if not is_right:
        raise _malformed("Syntax errors in policy.")
    assert isinstance(statements, list)
    return statements


def _is_statement(statement: dict[str, Any]) -> bool:
    effect = statement.get("Effect")
    return (
        set(statement) <= _ELEMENTS
        and not {"Resource", "NotResource"} <= set(statement)
        and not {"Action", "NotAction"} <= set(statement)
        and isinstance(effect, str)
        and effect.lower() in ("allow", "deny")
        and all(
            _is_listed(statement[key]) for key in ("Action", "NotAction", "Resource", "NotResource") if key in statement
        )
        and isinstance(statement.get("Sid", ""), str)
        and _is_condition(statement.get("Condition", {}))
    )


def _is_listed(value: Any) -> bool:
    """A text or a list of texts; null among them counts for nothing."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(one is None or isinstance(one, str) for one in value)
    )


def _is_condition(condition: Any) -> bool:
    return isinstance(condition, dict) and all(
        isinstance(keys, dict)
        and all(isinstance(value, bool | int | float | str | list) for value in keys.values())
        and (_operator(name) in _OPERATORS or not keys)
        for name, keys in condition.items()
    )


def _operator(name: str) -> str:
    return _QUALIFIERS.sub("", name)


# What an older parser reads once more ---------------------------------------------------------------------------


def _second_reading(statements: list[dict[str, Any]]) -> str:
    """What is wrong with the first resource that only newer checks refuse; empty when there is none."""
    for statement in statements:
        if statement["Effect"] not in ("Allow", "Deny") or not all(_dates(statement)):
            raise _legacy()
    wrong = ""
    for statement in statements:
        for resource in sorted(_texts(statement, "Resource"), reverse=True):
            wrong = _resource_error(resource) or wrong
        if not wrong and not all(map(_is_legacy_arn, _texts(statement, "Resource"))):
            raise _legacy()
    return wrong


def _dates(statement: Statement) -> Iterator[bool]:
    """Whether each date of a statement's conditions is one."""
    for name, keys in statement.get("Condition", {}).items():
        if _operator(name).startswith("Date"):
            for value in keys.values():
                for text in value if isinstance(value, list) else [value]:
                    yield _is_date(str(text))


def _is_date(text: str) -> bool:
    if re.search("[tT-]", text):
        return _DATE.fullmatch(text) is not None
    return _TIMESTAMP.fullmatch(text) is not None and int(text) <= TIMESTAMP_MAX


def _is_legacy_arn(resource: str) -> bool:
    if resource == "*":
        return True
    parts = resource.split(":")
    return (len(parts) > 5 or "::" not in resource) and len(parts) > 2 and parts[2] != ""


def _resource_error(resource: str) -> str:
    if resource == "*":
        return ""
    _, colon, rest = resource.partition(":")
    if not colon:
        return f'Resource {resource} must be in ARN format or "*".'
    partition, colon, rest = rest.partition(":")
    if partition not in (*PARTITIONS, "*"):
        parts = rest.split(":", 3)
        parts = [*parts, *["*"] * (4 - len(parts))] if parts != [""] else ["*"] * 4
        return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(parts)}".'
    if not colon:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    service, _, rest = rest.partition(":")
    region, _, rest = rest.partition(":")
    name = rest.partition(":")[2]
    if service == "iam" and region:
        return f"IAM resource {resource} cannot contain region information."
    if service == "s3" and region and not name.startswith("accesspoint/"):
        return f"Resource {resource} can not contain region information."
    if service == "iam" and not name.startswith(_IAM_PATHS) and name != "*":
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    return ""


# Ids, actions and resources -------------------------------------------------------------------------------------


def _check_ids(statements: list[dict[str, Any]]) -> None:
    ids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(set(ids)) != len(ids):
        raise _malformed("Statement IDs (SID) in a single policy must be unique.")
    if not all(_SID.fullmatch(one) for one in ids):
        raise _malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )


def _check_presence(statements: list[dict[str, Any]], name: str, said: str) -> None:
    for statement in statements:
        values = statement.get(name, statement.get(f"Not{name}"))
        if values is None or values == []:
            raise _malformed(said)


def _check_actions(statements: list[dict[str, Any]]) -> None:
    for statement in statements:
        for action in _texts(statement, "Action"):
            vendor, *names = action.split(":")
            if not names and vendor != "*":
                raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
            if len(names) > 1:
                raise _malformed("Actions/Condition can contain only one colon.")
            if vendor != "*" and not _VENDOR.fullmatch(vendor):
                raise _malformed(f"Vendor {vendor} is not valid")


def _texts(statement: Statement, name: str) -> list[str]:
    """The texts of an element or of its negation; a null among them is passed over."""
    values = statement.get(name, statement.get(f"Not{name}", []))
    return [one for one in (values if isinstance(values, list) else [values]) if one is not None]


def _malformed(text: str) -> api.MalformedPolicyDocumentException:
    return api.MalformedPolicyDocumentException(text)


def _legacy() -> api.MalformedPolicyDocumentException:
    return _malformed("The policy failed legacy parsing")
