"""What lifecycle rules say of versions: the examples of AWS's documentation, and its precedence of actions.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from stratolite.services.s3 import lifecycle
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.lifecycle import DELETE, MARK, TRANSITION

DAY_MS = 86_400_000
BEGIN_MS = 1_700_000_000_000
BIG = 1024 * 1024


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def bucket(*rules: dict[str, Any], versioning: str = "", **more: Any) -> Bucket:
    said = [{"ID": str(n), "Status": "Enabled", "Filter": {}, **rule} for n, rule in enumerate(rules)]
    return Bucket("b", "123456789012", "us-east-1", 0, versioning, {"lifecycle": {"Rules": said, **more}})


def version(key: str = "k", age_days: float = 0, **more: Any) -> Version:
    modified_ms = BEGIN_MS - round(age_days * DAY_MS)
    return Version("b", key, "null", modified_ms, **{"size_bytes": BIG, **more})


def due(of: Bucket, *versions: Version) -> list[tuple[str, str]]:
    """Kinds of the actions that are due, and the classes that they lead to."""
    found = lifecycle.due(of, lifecycle.rules_of(of), versions, BEGIN_MS)
    return [(action.kind, action.storage_class) for action in found]


def test_ages_end_at_midnight() -> None:
    """The documentation's example: made on 15 January at 10:30, three days."""
    assert lifecycle.midnight_after(at("2014-01-15T10:30"), 3) == at("2014-01-19T00:00")
    assert lifecycle.midnight_after(at("2014-01-15T00:00"), 1) == at("2014-01-16T00:00")


@pytest.mark.parametrize(
    ("chosen", "covered"),
    [
        ({}, True),
        ({"Prefix": "logs/"}, True),
        ({"Prefix": "log/"}, False),
        ({"Tag": {"Key": "a", "Value": "1"}}, True),
        ({"Tag": {"Key": "a", "Value": "2"}}, False),
        ({"ObjectSizeGreaterThan": BIG - 1}, True),
        ({"ObjectSizeGreaterThan": BIG}, False),
        ({"ObjectSizeLessThan": BIG}, False),
        ({"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}}, True),
        ({"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "c", "Value": ""}]}}, False),
    ],
)
def test_which_versions_a_rule_speaks_of(chosen: dict[str, Any], covered: bool) -> None:
    (rule,) = lifecycle.rules_of(bucket({"Filter": chosen, "Expiration": {"Days": 1}}))
    assert rule.covers(version("logs/a", tags={"a": "1", "b": "2"})) is covered


def test_rules_from_before_filters_and_rules_that_are_off() -> None:
    rules = lifecycle.rules_of(bucket({"Prefix": "a"}, {"Status": "Disabled"}))
    assert [rule.prefix for rule in rules] == ["a"]


def test_what_expires() -> None:
    rule = {"Expiration": {"Days": 1}}
    assert due(bucket(rule), version(age_days=2)) == [(DELETE, "")]
    assert due(bucket(rule), version(age_days=0.5)) == []
    assert due(bucket(rule, versioning="Suspended"), version(age_days=2)) == [(MARK, "")]
    dated = {"Expiration": {"Date": BEGIN_MS / 1000}}
    assert due(bucket(dated), version()) == [(DELETE, "")]


def test_markers() -> None:
    marker = version(is_delete_marker=True, size_bytes=0, age_days=1)
    cleaned = bucket({"Expiration": {"ExpiredObjectDeleteMarker": True}})
    assert due(cleaned, marker) == [(DELETE, "")]
    assert due(cleaned, marker, version(age_days=2)) == []
    assert due(bucket({"Expiration": {"Days": 5}}), marker) == []
    assert due(bucket({"Expiration": {"Days": 5}}), replace(marker, modified_ms=BEGIN_MS - 9 * DAY_MS)) == [
        (DELETE, "")
    ]


def test_versions_age_from_when_the_next_one_was_made() -> None:
    rule = {"NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 1}}
    versions = (version(age_days=1), version(age_days=5), version(age_days=6), version(age_days=90))
    assert due(bucket(rule), *versions) == [(DELETE, ""), (DELETE, "")]


def test_changes_of_class_go_down_alone() -> None:
    transitions = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]
    rule = {"Transitions": transitions}
    assert due(bucket(rule), version(age_days=40)) == [(TRANSITION, "STANDARD_IA")]
    assert due(bucket(rule), version(age_days=70)) == [(TRANSITION, "GLACIER")]
    assert due(bucket(rule), version(age_days=70, storage_class="DEEP_ARCHIVE")) == []


@pytest.mark.parametrize(
    ("more", "rule", "moved"),
    [
        ({}, {}, []),
        ({"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}, {}, ["GLACIER"]),
        ({}, {"Filter": {"ObjectSizeLessThan": 100}}, ["GLACIER"]),
    ],
)
def test_small_objects_stay_in_their_class(more: dict[str, str], rule: dict[str, Any], moved: list[str]) -> None:
    of = bucket({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}], **rule}, **more)
    assert [storage_class for _, storage_class in due(of, version(age_days=5, size_bytes=10))] == moved


def test_deletion_takes_precedence_over_a_change_of_class() -> None:
    rule = {
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "GLACIER"}],
    }
    assert due(bucket(rule), version(age_days=5), version(age_days=9)) == [(DELETE, "")]


def test_the_earliest_expiration_is_told() -> None:
    of = bucket({"Expiration": {"Days": 9}}, {"ID": "so ön", "Expiration": {"Days": 2}})
    said = lifecycle.expiration(of, version())
    assert said == {"Expiration": 'expiry-date="Fri, 17 Nov 2023 00:00:00 GMT", rule-id="so%20%C3%B6n"'}
    assert lifecycle.expiration(bucket({"Transitions": []}), version()) == {}
