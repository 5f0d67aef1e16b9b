"""What event source mappings share: what they wait for, the names of their sources, and filters.

Source: https://www.serverless.com/framework/docs-providers-aws-events-streams and ``...-events-sqs``.
"""

from collections.abc import Iterable
from typing import Any

from stratolite.templates.javascript import json_text
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.iam import execution_role
from stratolite.templates.serverless.service import Function

_ELSEWHERE = ("Fn::ImportValue", "Ref", "Fn::Sub")
_TWO = 2


def waits_for(work: Compilation, function: Function) -> list[str]:
    """The function's role, where the template makes it, and its alias."""
    role = _role(work, function)
    return [*([role] if role else []), *([function.depends_on] if function.depends_on else [])]


def _role(work: Compilation, function: Function) -> str | None:
    role = execution_role(work.service, function)
    if isinstance(role, str):
        return None if ":" in role else role
    if isinstance(role, dict):
        attribute = role.get("Fn::GetAtt")
        if isinstance(attribute, list) and len(attribute) == _TWO and attribute[1] == "Arn":
            return str(attribute[0])
        if any(role.get(name) for name in _ELSEWHERE):
            return None
    return naming.ROLE


def named_by(arn: Any, functions: Iterable[str]) -> Any:
    """The part of an intrinsic function that names a source; None where the function tells none."""
    if not isinstance(arn, dict):
        return None
    given = next((name for name in ("Fn::GetAtt", "Fn::ImportValue", "Ref", "Fn::Join") if arn.get(name)), None)
    if given is None or given not in functions:
        return None
    value = arn[given]
    if given == "Fn::GetAtt":
        return value[0] if isinstance(value, list) and value else None
    if given == "Fn::Join":
        parts = value[1] if isinstance(value, list) and len(value) == _TWO else None
        return parts[-1] if isinstance(parts, list) and parts else None
    return value


def filters(patterns: Any) -> dict[str, Any] | None:
    """``filterPatterns`` as FilterCriteria."""
    if not isinstance(patterns, list):
        return None
    return {"Filters": [{"Pattern": json_text(pattern)} for pattern in patterns]}
