"""Conditions in policies: operators over what is known of a request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
Known are those keys that API Gateway can tell of every request; a key that is not known is absent, and IAM says what an
absent key means to each operator. Operators that could never hold here (ARNs, binary values, sets) are refused.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Facts = Mapping[str, str]
"""What is known of a request, by the condition key in lower case: ``{"aws:sourceip": "127.0.0.1"}``."""
_Check = Callable[[str], bool]
_IF_EXISTS = "IfExists"


def condition(given: Any) -> tuple[Callable[[Facts], bool], ...]:
    """A statement's ``Condition`` as checks, all of which have to hold. Raises ValueError when it is none."""
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise ValueError("Condition is no map")
    checks = []
    for name, pairs in given.items():
        if not isinstance(pairs, Mapping):
            raise ValueError(f"{name} is no map")
        checks += [_check(name, key.lower(), _texts(values)) for key, values in pairs.items()]
    return tuple(checks)


def _texts(values: Any) -> list[str]:
    texts = [
        {True: "true", False: "false"}[each] if isinstance(each, bool) else str(each)
        for each in (values if isinstance(values, list) else [values])
        if isinstance(each, str | bool | int | float)
    ]
    if not texts or (isinstance(values, list) and len(texts) < len(values)):
        raise ValueError("a condition's value is no text")
    return texts


def _check(name: str, key: str, values: Sequence[str]) -> Callable[[Facts], bool]:
    if name == "Null":
        wanted = {value.lower() for value in values}
        return lambda facts: ("false" if key in facts else "true") in wanted
    bare = name.removesuffix(_IF_EXISTS)
    is_negated = bare in _NEGATED
    build = _OPERATORS.get(_NEGATED.get(bare, bare))
    if build is None:
        raise ValueError(f"the operator {name} is unknown")
    checks = [build(value) for value in values]
    # An absent key satisfies what is negated, and what asks only of keys that exist.
    if_absent = is_negated or bare != name

    def holds(facts: Facts) -> bool:
        actual = facts.get(key)
        if actual is None:
            return if_absent
        return any(_passes(check, actual) for check in checks) != is_negated

    return holds


def _passes(check: _Check, actual: str) -> bool:
    try:
        return check(actual)
    except ValueError:
        # What is known is no number, no date, no address.
        return False


def _equals(value: str) -> _Check:
    return lambda actual: actual == value


def _equals_ignoring_case(value: str) -> _Check:
    folded = value.casefold()
    return lambda actual: actual.casefold() == folded


def _like(value: str) -> _Check:
    pattern = re.compile(wildcards(value), re.DOTALL)
    return lambda actual: pattern.fullmatch(actual) is not None


def wildcards(text: str, any_of: str = ".") -> str:
    """The source of a regular expression: ``*`` stands for any characters, ``?`` for one."""
    # Several stars in a row are one: they would only multiply the ways in which nothing matches.
    parts = re.split(r"(\*+|\?)", text)
    stands = {"*": f"{any_of}*", "?": any_of}
    return "".join(stands.get(part[:1]) or re.escape(part) for part in parts if part)


def _number(compare: Callable[[float, float], bool]) -> Callable[[str], _Check]:
    def build(value: str) -> _Check:
        wanted = float(value)
        return lambda actual: compare(float(actual), wanted)

    return build


def _date(compare: Callable[[float, float], bool]) -> Callable[[str], _Check]:
    def build(value: str) -> _Check:
        wanted = _moment(value)
        return lambda actual: compare(_moment(actual), wanted)

    return build


def _moment(text: str) -> float:
    """Seconds since the epoch, from those or from ISO 8601, in which a missing zone is UTC."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _address(value: str) -> _Check:
    network = ipaddress.ip_network(value, strict=False)
    return lambda actual: ipaddress.ip_address(actual) in network


_OPERATORS: dict[str, Callable[[str], _Check]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
    "DateEquals": _date(operator.eq),
    "DateLessThan": _date(operator.lt),
    "DateLessThanEquals": _date(operator.le),
    "DateGreaterThan": _date(operator.gt),
    "DateGreaterThanEquals": _date(operator.ge),
    "Bool": _equals_ignoring_case,
    "IpAddress": _address,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
