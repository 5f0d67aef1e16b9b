"""What a bucket's lifecycle rules say of its objects: what expires, changes its class or is aborted, and when.

Ages count from midnight to midnight UTC, as at AWS. Nothing is changed here: ``due`` gives actions as data, which
``lifecycle_run.py`` carries out.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from stratolite.protocol import timestamps
from stratolite.services.s3.domain import Bucket, Upload, Version

SETTING = "lifecycle"
DAY_MS = 86_400_000
MINIMUM_128K = "all_storage_classes_128K"
MINIMUM_VARIES = "varies_by_storage_class"
MINIMUMS = frozenset({MINIMUM_128K, MINIMUM_VARIES})
SMALL_BYTES_MAX = 128 * 1024
"""Objects below this change their class only when a rule speaks of sizes itself."""

DELETE, MARK, TRANSITION = "delete", "mark", "transition"

_ANY_SIZE = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Classes that take small objects too, when the minimum varies by class."""
_DOWNWARD = ("STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""Objects move to classes further on only."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done with a version: ``delete``, hide it behind a marker (``mark``), or ``transition``."""

    version: Version
    kind: str
    storage_class: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One enabled rule."""

    said: Mapping[str, Any]
    prefix: str
    tags: Mapping[str, str]
    larger_than_bytes: int | None
    smaller_than_bytes: int | None

    def covers(self, version: Version) -> bool:
        """Whether a version, or a delete marker, is one that the rule speaks of."""
        return (
            version.key.startswith(self.prefix)
            and all(version.tags.get(key) == value for key, value in self.tags.items())
            and (self.larger_than_bytes is None or version.size_bytes > self.larger_than_bytes)
            and (self.smaller_than_bytes is None or version.size_bytes < self.smaller_than_bytes)
        )

    @property
    def speaks_of_sizes(self) -> bool:
        return self.larger_than_bytes is not None or self.smaller_than_bytes is not None

    def expires_ms(self, version: Version) -> int | None:
        """When the current version expires; None when the rule does not say."""
        return _time_ms(self.said.get("Expiration", {}), version.modified_ms)


def rules_of(bucket: Bucket) -> list[Rule]:
    """The enabled rules of a bucket."""
    listed = bucket.settings.get(SETTING, {}).get("Rules", [])
    return [_rule(said) for said in listed if said["Status"] == "Enabled"]


def _rule(said: Mapping[str, Any]) -> Rule:
    chosen = said.get("Filter") or {}
    conditions = {**chosen, **(chosen.get("And") or {})}
    tags = [*conditions.get("Tags", []), *([conditions["Tag"]] if "Tag" in conditions else [])]
    return Rule(
        said=said,
        prefix=said.get("Prefix") or conditions.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags},
        larger_than_bytes=conditions.get("ObjectSizeGreaterThan"),
        smaller_than_bytes=conditions.get("ObjectSizeLessThan"),
    )


def midnight_after(from_ms: int, days: int) -> int:
    """When something is so many days old: the first midnight after that age."""
    return -(-(from_ms + days * DAY_MS) // DAY_MS) * DAY_MS


def _time_ms(said: Mapping[str, Any], from_ms: int) -> int | None:
    """When an action with ``Days`` or a ``Date`` is due."""
    if "Days" in said:
        return midnight_after(from_ms, said["Days"])
    return int(said["Date"] * 1000) if "Date" in said else None


def expiration(bucket: Bucket, version: Version) -> dict[str, str]:
    """The member of an answer that says when the current version expires, and by which rule; empty when none."""
    found = [
        (due_ms, str(rule.said["ID"]))
        for rule in rules_of(bucket)
        if rule.covers(version) and (due_ms := rule.expires_ms(version)) is not None
    ]
    if not found:
        return {}
    due_ms, rule_id = min(found)
    return {"Expiration": f'expiry-date="{timestamps.rfc822(due_ms // 1000)}", rule-id="{quote(rule_id)}"'}


def due(bucket: Bucket, rules: Sequence[Rule], versions: Sequence[Version], now_ms: int) -> list[Action]:
    """What is due of the versions of one key, which are all there are, the newest first."""
    found: list[Action] = []
    minimum = bucket.settings.get(SETTING, {}).get("TransitionDefaultMinimumObjectSize", MINIMUM_128K)
    current, *older = versions
    speaking = [rule for rule in rules if rule.covers(current)]
    if current.is_delete_marker:
        if not older and any(_cleans_up(rule, current, now_ms) for rule in speaking):
            found.append(Action(current, DELETE))
    else:
        expires = any((time := rule.expires_ms(current)) is not None and time <= now_ms for rule in speaking)
        found += _transition(current, speaking, "Transitions", minimum, now_ms, current.modified_ms)
        if expires:
            found.append(Action(current, MARK if bucket.was_versioned else DELETE))
    for index, version in enumerate(older):
        since_ms = versions[index].modified_ms
        speaking = [rule for rule in rules if rule.covers(version)]
        if any(_expires_noncurrent(rule, since_ms, index, now_ms) for rule in speaking):
            found.append(Action(version, DELETE))
        elif not version.is_delete_marker:
            found += _transition(version, speaking, "NoncurrentVersionTransitions", minimum, now_ms, since_ms, index)
    return found


def is_aborted(rules: Sequence[Rule], upload: Upload, now_ms: int) -> bool:
    """Whether an upload in parts has gone on for too long."""
    return any(due_ms <= now_ms for due_ms, _ in _abortions(rules, upload))


def abortion(bucket: Bucket, upload: Upload) -> dict[str, Any]:
    """The members of an answer that say when an upload is aborted, and by which rule; empty when never."""
    found = _abortions(rules_of(bucket), upload)
    if not found:
        return {}
    due_ms, rule_id = min(found)
    return {"AbortDate": due_ms // 1000, "AbortRuleId": rule_id}


def _abortions(rules: Sequence[Rule], upload: Upload) -> list[tuple[int, str]]:
    """When rules abort an upload, and their ids."""
    found = []
    for rule in rules:
        days = rule.said.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
        if days is not None and upload.key.startswith(rule.prefix):
            found.append((midnight_after(upload.initiated_ms, days), str(rule.said["ID"])))
    return found


def _cleans_up(rule: Rule, marker: Version, now_ms: int) -> bool:
    """Whether a delete marker behind which nothing is left goes: at once, or when it is as old as objects get."""
    if rule.said.get("Expiration", {}).get("ExpiredObjectDeleteMarker"):
        return True
    time_ms = rule.expires_ms(marker)
    return time_ms is not None and time_ms <= now_ms


def _expires_noncurrent(rule: Rule, since_ms: int, newer: int, now_ms: int) -> bool:
    said = rule.said.get("NoncurrentVersionExpiration")
    return (
        said is not None
        and newer >= said.get("NewerNoncurrentVersions", 0)
        and midnight_after(since_ms, said["NoncurrentDays"]) <= now_ms
    )


def _transition(
    version: Version, rules: Sequence[Rule], member: str, minimum: str, now_ms: int, from_ms: int, newer: int = 0
) -> list[Action]:
    """The change of class that is due, to the furthest class; none to a class before the version's own."""
    reached: list[str] = []
    for rule in rules:
        for said in rule.said.get(member, []):
            name = said["StorageClass"]
            days = {"Days": said["NoncurrentDays"]} if "NoncurrentDays" in said else said
            time_ms = _time_ms(days, from_ms)
            takes_small = rule.speaks_of_sizes or (minimum == MINIMUM_VARIES and name in _ANY_SIZE)
            if (
                time_ms is not None
                and time_ms <= now_ms
                and newer >= said.get("NewerNoncurrentVersions", 0)
                and (takes_small or version.size_bytes >= SMALL_BYTES_MAX)
            ):
                reached.append(name)
    if not reached:
        return []
    furthest = max(reached, key=_DOWNWARD.index)
    own = _DOWNWARD.index(version.storage_class) if version.storage_class in _DOWNWARD else 0
    return [Action(version, TRANSITION, furthest)] if _DOWNWARD.index(furthest) > own else []
