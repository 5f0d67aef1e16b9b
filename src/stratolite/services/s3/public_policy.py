"""Which bucket policies are public: those that let everybody in, and do not hold them to fixed values of where they
come from.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#access-control-block-public-access-policy-status
"""

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from stratolite.services.s3.policy import ALLOW, includes_everybody, listed, statements

_FIXING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
"""Keys that say who comes, or from where."""
_ADDRESS = "aws:sourceip"
_EQUALITIES = frozenset({"ArnEquals", "ArnLike", "StringEquals", "StringEqualsIgnoreCase", "StringLike"})
_BROADEST_BITS = {4: 8, 6: 32}
"""The shortest prefix that is no public range, by the version of IP."""


def is_public(text: str) -> bool:
    """Whether some statement allows everybody something."""
    return any(
        statement.get("Effect") == ALLOW
        and includes_everybody(statement.get("Principal"))
        and not _is_held(statement.get("Condition", {}))
        for statement in statements(json.loads(text))
    )


def _is_held(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether some condition holds all who come to fixed values."""
    return any(
        _fixes(operator.removeprefix("ForAnyValue:"), key.lower(), [str(value) for value in listed(values)])
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _fixes(operator: str, key: str, values: list[str]) -> bool:
    if key == _ADDRESS:
        return operator == "IpAddress" and all(_is_narrow(value) for value in values)
    if key not in _FIXING or operator not in _EQUALITIES:
        return False
    # The name of an access point may vary, as long as the account is fixed.
    parts = (
        [value.rsplit("/", 1)[0] if key == "s3:dataaccesspointarn" else value for value in values] if values else ["*"]
    )
    return not any(mark in part for part in parts for mark in ("*", "?", "${"))


def _is_narrow(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST_BITS[network.version]
