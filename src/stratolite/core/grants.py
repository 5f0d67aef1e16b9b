"""Whether the policy of a function lets a service of AWS invoke it.

Statements are those that AddPermission writes: an Allow, of one action, to one principal, with conditions on where the
service comes from. A condition about anything else does not hold.
Source: https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.conditions import Facts, wildcards

ACTIONS = frozenset({"lambda:InvokeFunction", "lambda:*", "*"})


def lets_invoke(statements: Iterable[Mapping[str, Any]], service: str, region: str, facts: Facts) -> bool:
    """Whether a statement allows a service, by its principal with or without the region: ``logs``. ``facts``: what is
    known of its request, by the condition key in lower case."""
    principals = ("*", f"{service}.amazonaws.com", f"{service}.{region}.amazonaws.com")
    return any(_allows(one, principals, facts) for one in statements)


def _allows(statement: Mapping[str, Any], principals: tuple[str, ...], facts: Facts) -> bool:
    principal = statement["Principal"]
    return (
        (principal.get("Service") if isinstance(principal, dict) else principal) in principals
        and statement["Action"] in ACTIONS
        and all(
            _holds(wanted, facts.get(key.lower()))
            for pairs in statement.get("Condition", {}).values()
            for key, wanted in pairs.items()
        )
    )


def _holds(wanted: str, fact: str | None) -> bool:
    return fact is not None and re.fullmatch(wildcards(wanted), fact) is not None
