"""The state of an alarm in AWS's words: the reason, and its data in JSON.

The forms are those of the recorded answers and of alarms that people quote:

    Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:13:00)] was greater than the threshold (21.0).
    Threshold Crossed: 2 out of the last 3 datapoints [...] were greater than the threshold (1.0) (minimum 2 datapoints
    for OK -> ALARM transition).
    Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].
    Insufficient Data: 1 datapoint was unknown.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from stratolite.services.cloudwatch.domain import ALARM, INSUFFICIENT, Watched
from stratolite.services.cloudwatch.evaluation import Datapoint, Rule, Verdict

LISTED_MAX = 4
"""More data points than these are listed in a sentence of their own, the five most recent."""
LISTED_OF_MANY = 5

_COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def java_date(at_ms: int) -> str:
    """A time as AWS writes it in documents: ``2026-02-26T10:13:00.000+0000``."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}+0000"


def java_double(value: float) -> str:
    """A number as Java writes it: ``21.5``, ``1.0E7``."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(float(value))
        return text if "e" not in text else f"{value:f}"
    written = (f"{value:.{precision}e}" for precision in range(17))
    shortest = next(one for one in written if float(one) == value)
    digits, _, exponent = shortest.partition("e")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def text(rule: Rule, verdict: Verdict, *, counts_to_alarm: bool) -> str:
    """The reason of a verdict. ``counts_to_alarm``: whether the alarm sets DatapointsToAlarm."""
    if verdict.state == INSUFFICIENT:
        return f"Insufficient Data: {_number(rule.periods, 'datapoint')} unknown."
    received = verdict.received
    is_alarm = verdict.state == ALARM
    telling = [point for point in received if point.value is not None and rule.breaches(point.value) == is_alarm]
    treated = ""
    if verdict.filled:
        treated = f" and {_number(verdict.filled, 'missing datapoint')} treated as [{_TREATED[rule.missing]}]"
    if verdict.filled and not telling:
        got = _number(len(received), "datapoint") if received else "no datapoints were"
        periods = f"{rule.periods} period{'' if rule.periods == 1 else 's'}"
        return f"Threshold Crossed: {got} received for {periods}{treated}."
    compared = f"{'' if is_alarm else 'not '}{_COMPARED[rule.comparison]} the threshold ({java_double(rule.threshold)})"
    verb = "was" if len(telling) == 1 else "were"
    if counts_to_alarm and not verdict.filled:
        subject = f"{len(telling)} out of the last {rule.periods} datapoints"
        least = rule.to_alarm if is_alarm else rule.periods - rule.to_alarm + 1
        move = "OK -> ALARM" if is_alarm else "ALARM -> OK"
        treated = f" (minimum {least} datapoint{'' if least == 1 else 's'} for {move} transition)"
    else:
        subject = f"{len(telling)} datapoint{'' if len(telling) == 1 else 's'}"
    if len(telling) <= LISTED_MAX:
        return f"Threshold Crossed: {subject} {_listed(telling)} {verb} {compared}{treated}."
    which = " which crossed the threshold" if is_alarm else ""
    listed = f"The most recent datapoints{which}: {_listed(telling[:LISTED_OF_MANY])}"
    return f"Threshold Crossed: {subject} {verb} {compared}. {listed}{treated}."


def data(rule: Rule, verdict: Verdict, watched: Watched, now_ms: int) -> str:
    """The data of a verdict in JSON."""
    received = verdict.received
    document: dict[str, Any] = {"version": "1.0", "queryDate": java_date(now_ms)}
    if received:
        document["startDate"] = java_date(received[-1].begin_ms)
    if watched.unit:
        document["unit"] = watched.unit
    document |= {
        "statistic": watched.stat,
        "period": watched.period_s,
        "recentDatapoints": [point.value for point in reversed(received)],
        "threshold": float(rule.threshold),
        "evaluatedDatapoints": [_evaluated(point) for point in verdict.evaluated],
    }
    return json.dumps(document, separators=(",", ":"))


def _evaluated(point: Datapoint) -> dict[str, Any]:
    shown: dict[str, Any] = {"timestamp": java_date(point.begin_ms)}
    if point.value is not None:
        shown |= {"sampleCount": float(point.count), "value": float(point.value)}
    return shown


def _listed(points: Sequence[Datapoint]) -> str:
    shown = (
        f"{java_double(point.value or 0.0)} ({datetime.fromtimestamp(point.begin_ms / 1000, UTC):%d/%m/%y %H:%M:%S})"
        for point in points
    )
    return f"[{', '.join(shown)}]"


def _number(count: int, noun: str) -> str:
    """``1 datapoint was``, ``2 datapoints were``."""
    return f"{count} {noun} was" if count == 1 else f"{count} {noun}s were"
