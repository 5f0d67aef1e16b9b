"""The form of lifecycle configurations: what a rule may say, with AWS's texts.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html and recorded answers
(TestS3BucketLifecycle).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stratolite.core.entropy import Entropy
from stratolite.services.s3 import api
from stratolite.services.s3.lifecycle import DAY_MS, MINIMUM_128K, MINIMUMS
from stratolite.services.s3.rules import invalid

RULES_MAX = 1000
ID_LENGTH_MAX = 255
INFREQUENT_DAYS_MIN = 30
"""How old an object has to be before it moves to a class for infrequent access."""
CLASSES = frozenset({"GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"})
_INFREQUENT = frozenset({"STANDARD_IA", "ONEZONE_IA"})
_STATUSES = frozenset({"Enabled", "Disabled"})
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)
_DAY_S = DAY_MS // 1000


def checked(request: Mapping[str, Any], entropy: Entropy) -> dict[str, Any]:
    """What is kept of a request: its rules, each with an id, and from which size on objects change their class.

    Raises MalformedXML, InvalidArgument, InvalidRequest.
    """
    minimum = request.get("TransitionDefaultMinimumObjectSize") or MINIMUM_128K
    if minimum not in MINIMUMS:
        raise api.InvalidRequest(f"Invalid TransitionDefaultMinimumObjectSize found: {minimum}")
    listed = (request.get("LifecycleConfiguration") or {}).get("Rules") or []
    if not 1 <= len(listed) <= RULES_MAX:
        raise api.MalformedXML
    known: set[str] = set()
    found = []
    for one in listed:
        _check_form(one)
        identified = {**one, "ID": one.get("ID") or entropy.uuid()}
        _check_id(identified["ID"], known)
        _check_rule(identified)
        found.append(identified)
    return {"Rules": found, "TransitionDefaultMinimumObjectSize": minimum}


def _check_id(rule_id: str, known: set[str]) -> None:
    if len(rule_id) > ID_LENGTH_MAX:
        raise invalid(f"ID length should not exceed allowed limit of {ID_LENGTH_MAX}", "ID", rule_id)
    if rule_id in known:
        raise invalid("Rule ID must be unique. Found same ID for more than one rule", "ID", rule_id)
    known.add(rule_id)


def _check_form(rule: Mapping[str, Any]) -> None:
    """Raises MalformedXML for what the schema does not allow, InvalidRequest for a rule that does nothing."""
    if rule.get("Status") not in _STATUSES or ("Filter" in rule) == ("Prefix" in rule):
        raise api.MalformedXML
    _check_filter(rule.get("Filter") or {})
    expiration = rule.get("Expiration")
    if expiration is not None and len(expiration) != 1:
        raise api.MalformedXML
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent is not None and "NoncurrentDays" not in noncurrent:
        raise api.MalformedXML
    if "AbortIncompleteMultipartUpload" in rule and "DaysAfterInitiation" not in rule["AbortIncompleteMultipartUpload"]:
        raise api.MalformedXML
    for transition in rule.get("Transitions", []):
        if transition.get("StorageClass") not in CLASSES or ("Days" in transition) == ("Date" in transition):
            raise api.MalformedXML
    for transition in rule.get("NoncurrentVersionTransitions", []):
        if transition.get("StorageClass") not in CLASSES or "NoncurrentDays" not in transition:
            raise api.MalformedXML
    if not any(action in rule for action in _ACTIONS):
        raise api.InvalidRequest("At least one action needs to be specified in a rule")


def _check_filter(chosen: Mapping[str, Any]) -> None:
    """One condition, or ``And`` with some. Raises MalformedXML, InvalidRequest."""
    if len(chosen) > 1:
        raise api.MalformedXML
    keys = [tag.get("Key") for tag in (chosen.get("And") or {}).get("Tags", [])]
    if len(set(keys)) != len(keys):
        raise api.InvalidRequest("Duplicate Tag Keys are not allowed.")


def _check_rule(rule: Mapping[str, Any]) -> None:
    _check_numbers(rule)
    _check_dates(rule)
    chosen = rule.get("Filter") or {}
    both = chosen.get("And") or {}
    has_tags = "Tag" in chosen or "Tags" in both
    if has_tags and "ExpiredObjectDeleteMarker" in rule.get("Expiration", {}):
        raise api.InvalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
    if "AbortIncompleteMultipartUpload" in rule:
        if has_tags:
            raise api.InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
        if any(f"ObjectSize{word}" in {**chosen, **both} for word in ("GreaterThan", "LessThan")):
            raise api.InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
    _check_order(rule)


def _numbers(rule: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Names, values and actions of the numbers that have to be positive."""
    if "Days" in rule.get("Expiration", {}):
        yield "Days", rule["Expiration"]["Days"], "Expiration"
    noncurrent = rule.get("NoncurrentVersionExpiration", {})
    for name in ("NoncurrentDays", "NewerNoncurrentVersions"):
        if name in noncurrent:
            yield name, noncurrent[name], "NoncurrentVersionExpiration"
    for transition in rule.get("NoncurrentVersionTransitions", []):
        if "NewerNoncurrentVersions" in transition:
            yield "NewerNoncurrentVersions", transition["NewerNoncurrentVersions"], "NoncurrentVersionTransition"
    aborted = rule.get("AbortIncompleteMultipartUpload", {})
    if "DaysAfterInitiation" in aborted:
        yield "DaysAfterInitiation", aborted["DaysAfterInitiation"], "AbortIncompleteMultipartUpload"


def _check_numbers(rule: Mapping[str, Any]) -> None:
    for name, value, action in _numbers(rule):
        if value < 1:
            raise invalid(f"'{name}' for {action} action must be a positive integer", name, value)
    transitions = [("Transition", "Days", each) for each in rule.get("Transitions", [])]
    noncurrent = rule.get("NoncurrentVersionTransitions", [])
    transitions += [("NoncurrentVersionTransition", "NoncurrentDays", each) for each in noncurrent]
    for action, name, transition in transitions:
        days, storage_class = transition.get(name), transition["StorageClass"]
        if days is None:
            continue
        if days < 0:
            raise invalid(f"'{name}' in {action} action must be nonnegative", name, days)
        if storage_class in _INFREQUENT and days < INFREQUENT_DAYS_MIN:
            raise invalid(
                f"'{name}' in {action} action must be greater than or equal to {INFREQUENT_DAYS_MIN} for storageClass "
                f"'{storage_class}'",
                name,
                days,
            )


def _check_dates(rule: Mapping[str, Any]) -> None:
    for action in (rule.get("Expiration", {}), *rule.get("Transitions", [])):
        if "Date" in action and action["Date"] % _DAY_S:
            raise invalid("'Date' must be at midnight GMT", "Date", action["Date"])


def _check_order(rule: Mapping[str, Any]) -> None:
    """Objects expire after they changed their class, if they do both; ages and dates do not mix."""
    expiration: Mapping[str, Any] = rule.get("Expiration", {})
    transitions: Sequence[Mapping[str, Any]] = rule.get("Transitions", [])
    place = f"'(prefix={_prefix(rule)})'"
    timed = [expiration, *transitions]
    if any("Days" in each for each in timed) and any("Date" in each for each in timed):
        raise api.InvalidRequest(
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter "
            f"{place}"
        )
    classes = [transition["StorageClass"] for transition in transitions]
    if len(set(classes)) != len(classes):
        raise api.InvalidRequest(
            f"'StorageClass' must be different for 'Transition' actions in same 'Rule' with {place}"
        )
    for name in ("Days", "Date"):
        last = max((each[name] for each in transitions if name in each), default=None)
        if last is not None and name in expiration and expiration[name] <= last:
            raise invalid(
                f"'{name}' in the Expiration action for filter {place} must be greater than '{name}' in the Transition "
                "action",
                name,
                expiration[name],
            )


def _prefix(rule: Mapping[str, Any]) -> str:
    chosen = rule.get("Filter") or {}
    return str(rule.get("Prefix") or chosen.get("Prefix") or (chosen.get("And") or {}).get("Prefix") or "")
