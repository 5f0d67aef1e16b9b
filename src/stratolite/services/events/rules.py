"""Limits of EventBridge, and the checks that it makes beyond the model.

Descriptions, keys of encryption at rest and the roles of rules and targets are harmless: they are kept and shown, and
have no other effect here, since the services of one machine need no roles to reach each other.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, the API reference, and the recorded
answers that the functions name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core import rule_language, schedule
from stratolite.core.arn import Arn
from stratolite.core.errors import NotImplementedHere, ValidationException
from stratolite.core.rule_tokens import RuleSyntaxError, tokens
from stratolite.services.events import api, event_pattern, target_input
from stratolite.services.events.domain import DEFAULT, Target
from stratolite.services.events.event import TIME_BYTES, size_bytes

BATCH_BYTES_MAX = 1024 * 1024
"""What the entries of one PutEvents may have in all (256 KiB until 2026)."""
DETAIL_DEPTH_MAX = 1000
TARGETS_MAX = 5
TAGS_MAX = 50
PAGE_MAX = 100
ACTIVE_REPLAYS_MAX = 10
RATE_LIMIT_DEFAULT = 300

_ACTS = {
    "lambda": (),
    "sqs": ("SqsParameters",),
    "sns": (),
    "logs": (),
    "kinesis": ("KinesisParameters",),
    "event-bus": (),
    "api-destination": ("HttpParameters",),
}
"""The kinds of targets that are delivered to, and the parameters that each has of its own."""
_OWN = (
    "KinesisParameters",
    "RunCommandParameters",
    "EcsParameters",
    "BatchParameters",
    "SqsParameters",
    "HttpParameters",
    "RedshiftDataParameters",
    "SageMakerPipelineParameters",
    "AppSyncParameters",
)


def pattern(source: str) -> None:
    """Raises InvalidEventPatternException with AWS's reason (``test_event_pattern[..._EXC]``)."""
    try:
        event_pattern.parse(source)
    except event_pattern.InvalidPattern as error:
        raise api.InvalidEventPatternException(f"Event pattern is not valid. Reason: {error}") from error


def rule(request: api.PutRuleRequest, bus_name: str) -> None:
    """What a rule needs (``tests_put_rule_with_schedule_custom_event_bus``, ``..._invalid_schedule_cron``)."""
    expression = request.get("ScheduleExpression", "")
    if not expression and not request.get("EventPattern"):
        raise ValidationException("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if expression:
        if bus_name != DEFAULT:
            raise ValidationException("ScheduleExpression is supported only on the default event bus.")
        try:
            schedule.parse(expression)
        except schedule.InvalidSchedule as error:
            raise ValidationException("Parameter ScheduleExpression is not valid.") from error
    if request.get("EventPattern"):
        pattern(request["EventPattern"])


# What is put ------------------------------------------------------------------------------------------------


def batch(entries: Sequence[api.PutEventsRequestEntry]) -> None:
    """Raises ValidationException for a batch that is too large (``test_put_event_with_too_big_detail``).

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    """
    if sum(_entry_bytes(entry) for entry in entries) > BATCH_BYTES_MAX:
        raise ValidationException("Total size of the entries in the request is over the limit.")


def _entry_bytes(entry: api.PutEventsRequestEntry) -> int:
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", "")]
    size = size_bytes([*texts, *entry.get("Resources", [])])
    return size + (TIME_BYTES if "Time" in entry else 0)


def entry_refused(entry: api.PutEventsRequestEntry) -> tuple[str, str] | None:
    """The code and text with which an entry fails, if it does (``test_put_event_...``)."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    if _object(entry["Detail"]) is None:
        return "MalformedDetail", "Detail is malformed."
    return None


def event_document(source: str) -> dict[str, Any]:
    """The event of a TestEventPattern (``test_plain_string_payload``, ``test_array_event_payload``)."""
    event = _object(source)
    if event is None:
        raise ValidationException("Parameter Event is not valid.")
    return event


def _object(source: str) -> dict[str, Any] | None:
    try:
        value = json.loads(source, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _depth_is_allowed(value) else None


def _no_number(text: str) -> None:
    """Python would read NaN and the infinities, which are no JSON."""
    raise ValueError(text)


def _depth_is_allowed(value: Any) -> bool:
    level = [value]
    for _ in range(DETAIL_DEPTH_MAX):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False


# Targets ----------------------------------------------------------------------------------------------------


def target_kind(arn: str) -> str:
    """``lambda``, ``sqs``, ``sns``, ``logs``, ``event-bus`` or ``api-destination``; else the ARN's service."""
    parsed = Arn.parse(arn)
    if parsed.service == "events":
        return parsed.resource.partition("/")[0]
    return parsed.service


def targets(settings: Sequence[Mapping[str, Any]]) -> None:
    """Each target of a PutTargets. Raises ValidationException, NotImplementedHere."""
    kinds = [_kind(target["Arn"]) for target in settings]
    for kind, target in zip(kinds, settings, strict=True):
        _target(kind, target)


def _kind(arn: str) -> str:
    try:
        return target_kind(arn)
    except ValueError as error:
        raise ValidationException(
            f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        ) from error


def _target(kind: str, target: Mapping[str, Any]) -> None:
    arn, target_id = target["Arn"], target["Id"]
    if kind not in _ACTS:
        raise NotImplementedHere(f"Targets of the kind {kind} are not implemented by this version of Stratolite.")
    for name in _OWN:
        if name in target and name not in _ACTS[kind]:
            raise ValidationException(f"Parameter(s) {name} not valid for target: {target_id}.")
    for name in ("Input", "InputPath", "InputTransformer"):
        if kind == "event-bus" and name in target:
            raise ValidationException(f"Parameter(s) {name} not valid for target: {target_id}.")
    if kind == "sqs" and arn.endswith(".fifo") and not target.get("SqsParameters", {}).get("MessageGroupId"):
        raise ValidationException(f"Parameter(s) SqsParameters must be specified for target: {target_id}.")
    path = target.get("KinesisParameters", {}).get("PartitionKeyPath", "$.id")
    if not target_input.is_path(path):
        raise ValidationException(f"Parameter(s) KinesisParameters not valid for target: {target_id}.")
    _inputs(target)
    dead_letter = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letter is not None and not re.fullmatch(r"arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}", dead_letter):
        raise ValidationException(
            f"Parameter DeadLetterConfig.Arn is not valid. Reason: {dead_letter} is not the ARN of a standard queue."
        )


def _inputs(target: Mapping[str, Any]) -> None:
    """``test_put_event_input_path_and_input_transformer``, ``..._input_transformer_missing_keys``."""
    target_id = target["Id"]
    if sum(name in target for name in ("Input", "InputPath", "InputTransformer")) > 1:
        raise ValidationException(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target_id}."
        )
    if "Input" in target:
        try:
            tokens(target["Input"])
        except RuleSyntaxError as error:
            place = rule_language.where(target["Input"], error.column)
            raise ValidationException(
                f"JSON syntax error in input for target {target_id} : {error.text}{place}"
            ) from error
    for path in [target.get("InputPath", "$"), *target.get("InputTransformer", {}).get("InputPathsMap", {}).values()]:
        if not target_input.is_path(path):
            raise ValidationException(f"Invalid InputPath for target {target_id} : {path}.")
    transformer = target.get("InputTransformer")
    if transformer is not None:
        for name in target_input.placeholders(transformer["InputTemplate"]):
            if name not in transformer.get("InputPathsMap", {}) and name not in target_input.RESERVED:
                raise ValidationException(f"InputTemplate for target {target_id} contains invalid placeholder {name}.")


def target_count(known: Sequence[Target], added: Sequence[Mapping[str, Any]]) -> None:
    """``test_add_exceed_fife_targets_per_rule``: raises LimitExceededException."""
    if len({target.id for target in known} | {str(target["Id"]) for target in added}) > TARGETS_MAX:
        raise api.LimitExceededException("The requested resource exceeds the maximum number allowed.")


def tags(pairs: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a mapping. Raises LimitExceededException, ValidationException for a key that is there twice."""
    found = {pair["Key"]: pair["Value"] for pair in pairs}
    if len(found) != len(pairs):
        raise ValidationException("Duplicate tag keys are not allowed.")
    if len(found) > TAGS_MAX:
        raise api.LimitExceededException("The requested resource exceeds the maximum number allowed.")
    return found


def shown_tags(known: Mapping[str, str]) -> list[api.Tag]:
    """Tags as they are listed."""
    return [{"Key": key, "Value": value} for key, value in known.items()]
