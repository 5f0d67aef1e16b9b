"""Who is told of what happens in a bucket: what a configuration may say, and which events it is meant for.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html and recorded answers of the
service (test_s3_notifications_sqs, _sns, _lambda; TestS3BucketNotificationConfiguration).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from urllib.parse import quote_plus

from stratolite.core.arn import Arn
from stratolite.core.entropy import Entropy
from stratolite.core.errors import NotImplementedHere
from stratolite.protocol.models import service_model
from stratolite.services.s3 import api, rules
from stratolite.services.s3.domain import Bucket

EVENT_BRIDGE = "EventBridgeConfiguration"
EVENTS = {
    "s3:ObjectCreated:*": frozenset(
        {
            "s3:ObjectCreated:Put",
            "s3:ObjectCreated:Post",
            "s3:ObjectCreated:Copy",
            "s3:ObjectCreated:CompleteMultipartUpload",
        }
    ),
    "s3:ObjectRemoved:*": frozenset({"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"}),
    "s3:ObjectTagging:*": frozenset({"s3:ObjectTagging:Put", "s3:ObjectTagging:Delete"}),
    "s3:ObjectAcl:Put": frozenset({"s3:ObjectAcl:Put"}),
    "s3:LifecycleExpiration:*": frozenset(
        {"s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated"}
    ),
    "s3:LifecycleTransition": frozenset({"s3:LifecycleTransition"}),
    "s3:ObjectRestore:*": frozenset({"s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete"}),
}
"""The events that happen here, by the name that stands for all of them."""
_HAPPENING = frozenset[str]().union(EVENTS, *EVENTS.values())
_AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)


@dataclass(frozen=True, slots=True)
class _Destination:
    member: str
    """The member of a configuration that names the target."""
    argument: str
    """What errors call it."""
    service: str


DESTINATIONS = {
    "TopicConfigurations": _Destination("TopicArn", "Topic", "sns"),
    "QueueConfigurations": _Destination("QueueArn", "Queue", "sqs"),
    "LambdaFunctionConfigurations": _Destination("LambdaFunctionArn", "CloudFunction", "lambda"),
}
"""The lists of a configuration."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a configuration's lists."""

    configuration_id: str
    service: str
    """``sqs``, ``sns`` or ``lambda``."""
    arn: str
    events: frozenset[str]
    """Each by its own name: none stands for others."""
    prefix: str = ""
    suffix: str = ""

    def wants(self, event: str, encoded_key: str) -> bool:
        """Whether the target is to be told. Filters are compared with keys as notifications say them."""
        return event in self.events and encoded_key.startswith(self.prefix) and encoded_key.endswith(self.suffix)

    def overlaps(self, other: "Rule") -> bool:
        """Whether some event of some key would be told to both."""
        return (
            bool(self.events & other.events)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


def encoded(key: str) -> str:
    """A key as notifications say it: URL-encoded, with ``+`` for a space."""
    return quote_plus(key, safe="/")


def rules_of(configuration: Mapping[str, Any]) -> Iterator[Rule]:
    """The rules of a configuration that is in force."""
    for member, destination in DESTINATIONS.items():
        for one in configuration.get(member, []):
            filters = {rule["Name"]: rule["Value"] for rule in _filter_rules(one)}
            yield Rule(
                configuration_id=one["Id"],
                service=destination.service,
                arn=one[destination.member],
                events=frozenset[str]().union(*(EVENTS.get(event, {event}) for event in one["Events"])),
                prefix=filters.get("Prefix", ""),
                suffix=filters.get("Suffix", ""),
            )


def checked(value: Mapping[str, Any], bucket: Bucket, entropy: Entropy) -> dict[str, Any]:
    """A configuration as it is kept: every entry has an id. Targets and overlaps are looked at afterwards.

    Raises MalformedXML, InvalidArgument, and NotImplementedHere for events that never happen here.
    """
    found = [(one, member) for member in DESTINATIONS for one in value.get(member, [])]
    for one, member in found:
        _check_form(one, DESTINATIONS[member].member)
    for one, member in found:
        _check_arn(one, DESTINATIONS[member], bucket)
    kept: dict[str, Any] = {}
    ids: set[str] = set()
    for one, member in found:
        _check_events(one["Events"])
        configuration_id = one.get("Id") or entropy.uuid()
        if configuration_id in ids:
            raise api.InvalidArgument("Same ID used for multiple configurations. IDs must be unique.")
        ids.add(configuration_id)
        entry = {**one, "Id": configuration_id}
        if "Filter" in one:
            entry["Filter"] = {"Key": {"FilterRules": _checked_filter(_filter_rules(one))}}
        kept.setdefault(member, []).append(entry)
    if EVENT_BRIDGE in value:
        kept[EVENT_BRIDGE] = {}
    return kept


def check_overlaps(configuration: Mapping[str, Any]) -> None:
    """Raises InvalidArgument when two targets would be told of the same event; AWS asks this last."""
    for one, other in combinations(rules_of(configuration), 2):
        if one.overlaps(other):
            raise api.InvalidArgument(_AMBIGUOUS)


def _filter_rules(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return found


def _check_form(one: Mapping[str, Any], member: str) -> None:
    if not one.get("Events") or member not in one:
        raise api.MalformedXML
    if any("Name" not in rule or "Value" not in rule for rule in _filter_rules(one)):
        raise api.MalformedXML


def _check_arn(one: Mapping[str, Any], destination: _Destination, bucket: Bucket) -> None:
    text = one[destination.member]
    try:
        arn = Arn.parse(text)
    except ValueError as error:
        raise rules.invalid("The ARN could not be parsed", destination.argument, text) from error
    if arn.service != destination.service or not arn.resource:
        raise rules.invalid("The ARN is not well formed", destination.argument, text)
    if arn.region != bucket.region:
        said = "The notification destination service region is not valid for the bucket location constraint"
        raise rules.invalid(said, destination.argument, text)
    if arn.service == "sqs" and arn.resource.endswith(".fifo"):
        raise rules.invalid("FIFO SQS queues are not supported.", destination.argument, text)


def _check_events(events: list[str]) -> None:
    for event in events:
        if event in _HAPPENING:
            continue
        known = sorted(service_model("s3").shape("Event").raw["enum"])
        if event in known:
            raise NotImplementedHere(f"The event {event} is not implemented by this version of Stratolite.")
        said = f"The event '{event}' is not supported for notifications. Supported events are as follows: {known}"
        raise rules.invalid(said, "Event", event)


def _checked_filter(filter_rules: list[dict[str, Any]]) -> list[dict[str, str]]:
    """AWS answers names with a capital, however they were written."""
    kept: dict[str, str] = {}
    for rule in filter_rules:
        name = rule["Name"].capitalize()
        if name not in ("Prefix", "Suffix"):
            said = "filter rule name must be either prefix or suffix"
            raise rules.invalid(said, "FilterRule.Name", rule["Name"])
        if name in kept:
            raise api.InvalidArgument(f"Cannot specify more than one {name.lower()} rule in a filter.")
        kept[name] = rule["Value"]
    return [{"Name": name, "Value": value} for name, value in kept.items()]
