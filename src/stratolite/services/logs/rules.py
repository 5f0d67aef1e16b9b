"""Limits of CloudWatch Logs and the checks that its model does not state.

Sources: the API reference's pages of PutLogEvents, PutRetentionPolicy and DescribeLogStreams, and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.logs import api
from stratolite.services.logs.domain import DAY_MS, Group, Place
from stratolite.services.logs.filters import regexes

NAME_LENGTH_MAX = 512
EVENT_BYTES_MAX = 1024 * 1024
EVENT_OVERHEAD_BYTES = 26
BATCH_BYTES_MAX = 1024 * 1024
BATCH_EVENTS_MAX = 10_000
BATCH_SPAN_MS_MAX = DAY_MS
PAGE_BYTES_MAX = 1024 * 1024
PAGE_EVENTS_MAX = 10_000
EVENT_AGE_MS_MAX = 14 * DAY_MS
EVENT_FUTURE_MS_MAX = 2 * 60 * 60 * 1000
TAGS_MAX = 50
STREAMS_FILTERED_MAX = 100
METRIC_FILTERS_MAX = 100
SUBSCRIPTION_FILTERS_MAX = 2
REGEXES_MAX = 2
"""In one pattern of a filter that is kept."""
REGEX_PATTERNS_MAX = 5
"""How many filters of a group may hold regular expressions."""
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
CLASSES = {
    "STANDARD": "",
    "INFREQUENT_ACCESS": "",
    "DELIVERY": "The log group class DELIVERY is not implemented by this version of Stratolite.",
    "ESSENTIALS": "The log group class ESSENTIALS is not implemented by this version of Stratolite.",
}

Events = Sequence[tuple[int, str]]


def check_names(*names: str) -> None:
    """Names of groups and streams that are made. The model's own limit has another text."""
    if any(len(name) > NAME_LENGTH_MAX for name in names):
        raise api.InvalidParameterException(
            f"Invalid LogGroup or LogStream, both must have length less than or equal to {NAME_LENGTH_MAX}."
        )


def check_class(group_class: str) -> None:
    """Refuses the classes whose behaviour is not here."""
    if CLASSES[group_class]:
        raise NotImplementedHere(CLASSES[group_class])


def check_retention(days: int) -> None:
    """Raises InvalidParameterException unless AWS knows the number of days."""
    if days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        raise api.InvalidParameterException(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )


def check_filter(request: Mapping[str, object]) -> None:
    """The settings of a filter that are about what is not here: transformed logs, logs of several accounts."""
    if request.get("applyOnTransformedLogs"):
        raise NotImplementedHere("applyOnTransformedLogs is not implemented: no log group here has a transformer.")
    for setting in ("fieldSelectionCriteria", "emitSystemFieldDimensions", "emitSystemFields"):
        if request.get(setting):
            raise NotImplementedHere(f"{setting} is not implemented by this version of Stratolite.")


def check_filtered(group: Group) -> None:
    """Groups of the class INFREQUENT_ACCESS have no filters.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
    """
    if group.group_class != "STANDARD":
        raise api.InvalidOperationException("The operation is not valid on the specified resource.")


def check_regexes(pattern: str, others: Iterable[str]) -> None:
    """Raises InvalidParameterException, LimitExceededException for a filter with too many regular expressions.

    ``others``: the patterns of the group's other filters. Source: the API reference's page of PutMetricFilter.
    """
    count = regexes(pattern)
    if count > REGEXES_MAX:
        raise api.InvalidParameterException(
            f"Invalid filter pattern: {pattern} has more than {REGEXES_MAX} regular expressions."
        )
    if count and sum(regexes(other) > 0 for other in others) >= REGEX_PATTERNS_MAX:
        raise api.LimitExceededException("Resource limit exceeded.")


def merged_tags(old: Mapping[str, str], new: Mapping[str, str], too_many: type[AwsError]) -> dict[str, str]:
    """Old tags overlaid by new ones. Raises ``too_many`` beyond ``TAGS_MAX``."""
    merged = {**old, **new}
    if len(merged) > TAGS_MAX:
        raise too_many(f"A log group can have at most {TAGS_MAX} tags.")
    return merged


def group_name(
    name: str | None, identifier: str | None, call: Call, *, both: type[AwsError] = api.InvalidParameterException
) -> str:
    """The name of the group that a request names by name or by identifier (name or ARN)."""
    if name and identifier:
        raise both("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
    if name:
        return name
    if not identifier:
        raise api.InvalidParameterException("Either LogGroup name or LogGroup ARN must be specified.")
    return group_of_arn(identifier, call) if identifier.startswith("arn:") else identifier


def group_of_arn(text: str, call: Call) -> str:
    """The name of the group that an ARN names, with or without the ``:*`` of all its streams.

    Raises InvalidParameterException, ResourceNotFoundException.
    """
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise api.InvalidParameterException(f"Invalid ARN: {text}") from None
    kind, _, name = arn.resource.removesuffix(":*").partition(":")
    if arn.service != "logs" or kind != "log-group" or not name:
        raise api.InvalidParameterException(f"The resource {text} is not a log group.")
    if arn.account != call.account:
        raise NotImplementedHere("Reading the log groups of other accounts is not implemented by Stratolite.")
    if arn.region != call.region:
        # Each region is a service of its own, which knows nothing of the others.
        raise api.ResourceNotFoundException("The specified log group does not exist.")
    return name


def event_bytes(message: str) -> int:
    """How many bytes AWS counts for an event."""
    return len(message.encode()) + EVENT_OVERHEAD_BYTES


def batch_bytes(messages: Sequence[str]) -> int:
    """How many bytes AWS counts for events together."""
    return len("".join(messages).encode()) + len(messages) * EVENT_OVERHEAD_BYTES


def check_batch(events: Events) -> int:
    """The size of a batch in bytes. Raises InvalidParameterException when it breaks a rule of PutLogEvents."""
    total_bytes = 0
    for _, message in events:
        size_bytes = event_bytes(message)
        if size_bytes > EVENT_BYTES_MAX:
            raise api.InvalidParameterException(
                f"Log event too large: {size_bytes} bytes exceeds limit of {EVENT_BYTES_MAX}"
            )
        total_bytes += size_bytes
    if total_bytes > BATCH_BYTES_MAX:
        raise api.InvalidParameterException(f"Upload too large: {total_bytes} bytes exceeds limit of {BATCH_BYTES_MAX}")
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise api.InvalidParameterException(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    return total_bytes


@dataclass(frozen=True, slots=True)
class Sifted:
    """A batch after the times of its events were checked. Indexes are None where nothing was rejected."""

    accepted: Events
    too_new_from: int | None
    too_old_until: int | None
    expired_until: int | None


def sift(events: Events, now_ms: int, retention_days: int) -> Sifted:
    """Take the events whose times are acceptable; ``events`` are in order of time."""
    too_new = [index for index, event in enumerate(events) if event[0] > now_ms + EVENT_FUTURE_MS_MAX]
    too_old = [index for index, event in enumerate(events) if event[0] < now_ms - EVENT_AGE_MS_MAX]
    expired: list[int] = []
    if retention_days:
        oldest_ms = now_ms - retention_days * DAY_MS
        expired = [index for index, event in enumerate(events) if event[0] < oldest_ms]
    begin = max([0, *(index + 1 for index in too_old), *(index + 1 for index in expired)])
    end = too_new[0] if too_new else len(events)
    accepted = events[begin:end]
    if accepted and accepted[-1][0] - accepted[0][0] > BATCH_SPAN_MS_MAX:
        raise api.InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return Sifted(
        accepted,
        too_new[0] if too_new else None,
        too_old[-1] + 1 if too_old else None,
        expired[-1] + 1 if expired else None,
    )


def invalid_token() -> api.InvalidParameterException:
    return api.InvalidParameterException("The specified nextToken is invalid.")


def place_of_token(token: str) -> tuple[str, Place]:
    """The direction (``f`` or ``b``) and the place of a token of GetLogEvents or FilterLogEvents."""
    direction, _, rest = token.partition("/")
    digits, _, end = rest.partition("/")
    if direction not in ("f", "b") or end != "s":
        raise invalid_token()
    try:
        return direction, Place.parse(digits)
    except ValueError:
        raise invalid_token() from None


def token_of_place(direction: str, place: Place) -> str:
    return f"{direction}/{place.digits()}/s"
