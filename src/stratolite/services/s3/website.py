"""Websites of buckets: what a configuration may say, and where it leads a request.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html and recorded answers
(TestS3StaticWebsiteHosting).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from stratolite.services.s3 import api
from stratolite.services.s3.rules import invalid

SETTING = "website"
RULES_MAX = 50
SCHEME = "http"
"""Website endpoints speak no TLS, at AWS too."""
_PROTOCOLS = frozenset({"http", "https"})
_MOVED = "301"
_NUMBER = re.compile(r"[0-9]{1,9}")
_REDIRECTS = frozenset({301, 302, 303, 304, 305, 307, 308})
_ERRORS = frozenset({*range(400, 418), *range(500, 506)})

Rule = Mapping[str, Any]


def configuration(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """A website, checked. Raises MalformedXML, InvalidArgument, InvalidRequest."""
    said = dict(value or {})
    everything, index = said.get("RedirectAllRequestsTo"), said.get("IndexDocument")
    if everything is not None:
        if len(said) > 1:
            text = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise invalid(text, "RedirectAllRequestsTo", "not null")
        if not everything.get("HostName"):
            raise api.MalformedXML
        _check_protocol(everything)
        return said
    if index is None:
        text = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise invalid(text, "IndexDocument", "null")
    suffix = index.get("Suffix")
    if not suffix or "/" in suffix:
        raise invalid("The IndexDocument Suffix is not well formed", "IndexDocument", suffix or None)
    if "ErrorDocument" in said and not said["ErrorDocument"].get("Key"):
        if "Key" not in said["ErrorDocument"]:
            raise api.MalformedXML
        raise invalid("The ErrorDocument Key is not well formed", "ErrorDocument")
    if "RoutingRules" in said:
        _check_rules(said["RoutingRules"])
    return said


def _check_rules(rules: list[Rule]) -> None:
    if not rules:
        raise api.MalformedXML
    if len(rules) > RULES_MAX:
        raise api.InvalidRequest(
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited "
            f"to {RULES_MAX}."
        )
    for rule in rules:
        redirect, condition = rule.get("Redirect"), rule.get("Condition")
        if not redirect:
            raise api.MalformedXML
        _check_protocol(redirect)
        if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
            raise api.InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
        if condition is not None and not condition:
            raise api.InvalidRequest(
                "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                "shouldn't be present."
            )
        code = _code(redirect.get("HttpRedirectCode", _MOVED))
        if code not in _REDIRECTS:
            said = f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
            raise api.InvalidRequest(said)
        error = _code((condition or {}).get("HttpErrorCodeReturnedEquals", "404"))
        if error not in _ERRORS:
            said = f"The provided HTTP error code ({error}) is not valid. Valid codes are 4XX or 5XX."
            raise api.InvalidRequest(said)


def _code(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise api.MalformedXML
    return int(text)


def _check_protocol(redirect: Mapping[str, Any]) -> None:
    if redirect.get("Protocol", "http") not in _PROTOCOLS:
        raise api.InvalidRequest(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
            "automatically."
        )


# Where a request is led -------------------------------------------------------------------------------------------


def rule_for(rules: Iterable[Rule], key: str, error_status: int | None) -> Rule | None:
    """The first rule that speaks of a key: before anything is looked for, or of the error that it was answered with."""
    for rule in rules:
        condition = rule.get("Condition") or {}
        error = condition.get("HttpErrorCodeReturnedEquals")
        if (error is None) != (error_status is None) or (error is not None and int(error) != error_status):
            continue
        if key.startswith(condition.get("KeyPrefixEquals", "")):
            return rule
    return None


def redirected(rule: Rule, key: str, host: str) -> tuple[int, str]:
    """Status and address of what a rule leads to."""
    said = rule["Redirect"]
    prefix = (rule.get("Condition") or {}).get("KeyPrefixEquals", "")
    if "ReplaceKeyWith" in said:
        key = said["ReplaceKeyWith"]
    elif "ReplaceKeyPrefixWith" in said:
        key = said["ReplaceKeyPrefixWith"] + key.removeprefix(prefix)
    address = f"{said.get('Protocol', SCHEME)}://{said.get('HostName', host)}/{quote(key, safe='/#!?=&:')}"
    return int(said.get("HttpRedirectCode", _MOVED)), address
