"""Stack policies: which updates of which resources are allowed.

Without a policy every update is. With one, what no statement allows is denied, and a denial wins.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from stratolite.core.errors import ValidationError

MODIFY, REPLACE, DELETE = "Update:Modify", "Update:Replace", "Update:Delete"
ACTIONS = frozenset({MODIFY, REPLACE, DELETE, "Update:*"})
STATEMENT_KEYS = frozenset(
    {"Action", "Condition", "Effect", "NotAction", "NotResource", "Principal", "Resource", "Sid"}
)
CONDITIONS = frozenset({"StringEquals", "StringLike"})


def check(text: str) -> None:
    """Raises ValidationError for a policy that cannot be read or says what stack policies cannot."""
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise _invalid() from error
    if not isinstance(policy, dict) or not set(policy) <= {"Statement", "Version", "Id"}:
        raise _invalid()
    statements = policy.get("Statement", [])
    if not isinstance(statements, list) or not all(_is_valid(one) for one in statements):
        raise _invalid()


def _invalid() -> ValidationError:
    return ValidationError("Error validating stack policy: Invalid stack policy")


def _is_valid(statement: Any) -> bool:
    if not isinstance(statement, dict) or not set(statement) <= STATEMENT_KEYS:
        return False
    actions = _listed(statement.get("Action", statement.get("NotAction")))
    resources = _listed(statement.get("Resource", statement.get("NotResource", "*")))
    conditions = statement.get("Condition", {})
    return (
        statement.get("Effect") in ("Allow", "Deny")
        and statement.get("Principal") == "*"
        and bool(actions)
        and set(actions) <= ACTIONS
        and all(one == "*" or one.startswith("LogicalResourceId/") for one in resources)
        and isinstance(conditions, dict)
        and all(name in CONDITIONS and set(values) == {"ResourceType"} for name, values in conditions.items())
    )


def refusal(text: str, action: str, logical_id: str, kind: str) -> str:
    """Why a policy denies an update of a resource; empty when it allows it."""
    policy = json.loads(text) if text else {}
    if not policy:
        return ""
    resource = f"LogicalResourceId/{logical_id}"
    numbered = enumerate(policy.get("Statement", []), 1)
    matching = [(number, one) for number, one in numbered if _matches(one, action, resource, kind)]
    for number, statement in matching:
        if statement["Effect"] == "Deny":
            said = f"Statement [#{number}] does not allow [{action}] for resource [{resource}];"
            return f"Action denied by stack policy: {said}"
    return "" if matching else "Action not allowed by stack policy"


def _matches(statement: Mapping[str, Any], action: str, resource: str, kind: str) -> bool:
    if not (_meets(statement, "Action", action) and _meets(statement, "Resource", resource)):
        return False
    for name, values in statement.get("Condition", {}).items():
        allowed = _listed(values["ResourceType"])
        if kind not in allowed and not (name == "StringLike" and any(fnmatchcase(kind, one) for one in allowed)):
            return False
    return True


def _meets(statement: Mapping[str, Any], name: str, value: str) -> bool:
    if name in statement:
        return any(fnmatchcase(value, pattern) for pattern in _listed(statement[name]))
    if f"Not{name}" in statement:
        return not any(fnmatchcase(value, pattern) for pattern in _listed(statement[f"Not{name}"]))
    # A statement without a resource applies to none.
    return False


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []
