"""Limits of CloudWatch and the checks that its model does not state.

Sources: the API reference's pages of the operations, texts of the recorded answers and those that clients quote, and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.call import Call
from stratolite.core.distribution import Distribution
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.cloudwatch import api, statistics
from stratolite.services.cloudwatch.retention import DAY_MS, HOUR_MS
from stratolite.services.cloudwatch.store import Metric, dimensions_of

DATUMS_MAX = 1000
VALUES_MAX = 150
DIMENSIONS_MAX = 30
VALUE_MAX = 2.0**360
AGE_MS_MAX = 14 * DAY_MS
FUTURE_MS_MAX = 2 * HOUR_MS
DATAPOINTS_MAX = 1440
QUERIES_MAX = 500
PAGE_DATAPOINTS_MAX = 100_800
METRICS_PAGE = 500
SHORT_PERIODS_S = (1, 5, 10, 20, 30)
TAGS_MAX = 50


class Invalid(AwsError):
    """A request that breaks a rule, in the query protocol's older validator's name."""

    code = "ValidationError"


def invalid_value(text: str) -> AwsError:
    return api.InvalidParameterValueException(text)


def not_here(what: str) -> NotImplementedHere:
    return NotImplementedHere(f"{what} is not implemented by this version of Stratolite.")


# What is put -----------------------------------------------------------------------------------------------------


def check_namespace(namespace: str) -> None:
    """Raises InvalidParameterValue for the namespaces of AWS's services."""
    if namespace.startswith("AWS/"):
        raise invalid_value("The value AWS/ for parameter Namespace is invalid.")


def check_size(data: Sequence[Any]) -> None:
    """Raises when there is nothing, or too much."""
    if not data:
        raise api.MissingRequiredParameterException("The parameter MetricData is required.")
    if len(data) > DATUMS_MAX:
        raise invalid_value(f"The collection MetricData must not have a size greater than {DATUMS_MAX}.")


def begin_ms(datum: Mapping[str, Any], where: str, resolution_s: int, now_ms: int) -> int:
    """The stretch of time that a datum belongs to. Raises InvalidParameterValue for a time that is too far away."""
    at_ms = round(datum["Timestamp"] * 1000) if "Timestamp" in datum else now_ms
    if at_ms < now_ms - AGE_MS_MAX:
        raise invalid_value(f"The parameter {where}.Timestamp must specify a time within the past two weeks.")
    if at_ms > now_ms + FUTURE_MS_MAX:
        raise invalid_value(
            f"The parameter {where}.Timestamp must specify a time no more than two hours in the future."
        )
    return at_ms - at_ms % (resolution_s * 1000)


def resolution_s(datum: Mapping[str, Any], where: str) -> int:
    """One second or sixty."""
    wanted: int = datum.get("StorageResolution", 60)
    if wanted not in (1, 60):
        raise invalid_value(f"The value {wanted} for parameter {where}.StorageResolution is invalid.")
    return wanted


def values_of(datum: Mapping[str, Any], where: str) -> Distribution:
    """What a datum measured. Raises InvalidParameterCombination, InvalidParameterValue, MissingParameter."""
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) > 1:
        first, second = given[0], given[1]
        raise api.InvalidParameterCombinationException(
            f"The parameters {where}.{first} and {where}.{second} are mutually exclusive and you have specified both."
        )
    if not given:
        raise api.MissingRequiredParameterException(
            f"At least one of the parameters {where}.Value, {where}.Values or {where}.StatisticValues "
            "must be specified."
        )
    if "StatisticValues" in datum:
        return _of_set(datum["StatisticValues"], f"{where}.StatisticValues")
    if "Value" in datum:
        check_value(datum["Value"], f"{where}.Value")
        return Distribution.of({float(datum["Value"]): 1.0})
    return _of_list(datum, where)


def _of_list(datum: Mapping[str, Any], where: str) -> Distribution:
    values = datum["Values"]
    counts = datum.get("Counts", [1.0] * len(values))
    if len(values) != len(counts):
        raise invalid_value(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    if not values:
        raise api.MissingRequiredParameterException(f"The parameter {where}.Values is required.")
    if len(values) > VALUES_MAX:
        raise invalid_value(f"The collection {where}.Values must not have a size greater than {VALUES_MAX}.")
    counted: dict[float, float] = {}
    for value, count in zip(values, counts, strict=True):
        check_value(value, f"{where}.Values")
        check_value(count, f"{where}.Counts")
        if count < 0:
            raise invalid_value(f"The value {count} for parameter {where}.Counts is invalid.")
        if count:
            counted[float(value)] = counted.get(float(value), 0.0) + count
    return Distribution.of(counted) if counted else Distribution()


def _of_set(given: Mapping[str, float], where: str) -> Distribution:
    for name, value in given.items():
        check_value(value, f"{where}.{name}")
    count, total, least, most = (given[name] for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    if count <= 0:
        raise invalid_value(f"The value {count} for parameter {where}.SampleCount is invalid.")
    if least > most:
        raise invalid_value(f"The parameter {where}.Maximum must be greater than {where}.Minimum.")
    if least == most and math.isclose(total, least * count, abs_tol=1e-12):
        # Then the values are known all the same, as AWS documents it for percentiles.
        return Distribution.of({float(least): float(count)})
    return Distribution(count, total, least, most)


def check_value(value: float, where: str) -> None:
    """Raises InvalidParameterValue for what is no number, infinite or too large."""
    if not abs(value) <= VALUE_MAX:
        shown = "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞") if math.isinf(value) else value
        raise invalid_value(f"The value {shown} for parameter {where} is invalid.")


def check_dimensions(given: Sequence[api.Dimension], where: str) -> None:
    """Raises InvalidParameterValue for names and values that AWS does not keep.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
    """
    for number, dimension in enumerate(given, 1):
        for member, text in (("Name", dimension["Name"]), ("Value", dimension["Value"])):
            place = f"{where}Dimensions.member.{number}.{member}"
            if not text.isascii():
                raise invalid_value(f"The value for parameter {place} contains non-ASCII characters.")
            if not text.isprintable():
                raise invalid_value(f"The value for parameter {place} contains ASCII control characters.")
            if not text.strip():
                raise invalid_value(f"The parameter {place} must include at least one non-whitespace character.")
        if dimension["Name"].startswith(":"):
            raise invalid_value(f"The parameter {where}Dimensions.member.{number}.Name must not start with a colon.")


def metric_of(call: Call, given: Mapping[str, Any], where: str = "") -> Metric:
    """The metric that a request names. Raises InvalidParameterValue for a dimension that is named twice."""
    dimensions = dimensions_of(given.get("Dimensions", ()))
    names = [name for name, _ in dimensions]
    if len(set(names)) < len(names):
        raise invalid_value(f"No parameter {where}Dimensions may have two members with the same name.")
    return Metric(call.account, call.region, given.get("Namespace", ""), given.get("MetricName", ""), dimensions)


# What is asked ---------------------------------------------------------------------------------------------------


def check_period(period_s: int, where: str = "Period") -> None:
    """Raises InvalidParameterValue unless a period is 1, 5, 10, 20, 30 or a multiple of 60 seconds."""
    if period_s not in SHORT_PERIODS_S and period_s % 60:
        raise invalid_value(f"The parameter {where} must be 1, 5, 10, 20, 30, or a multiple of 60.")


def check_statistic(text: str, where: str) -> None:
    """Raises InvalidParameterValue for what is no statistic."""
    if not statistics.is_known(text):
        raise invalid_value(f"The value {text} for parameter {where} is not supported.")


def tags_of(given: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a mapping. Raises InvalidParameterValue beyond ``TAGS_MAX``."""
    return checked_tags({tag["Key"]: tag["Value"] for tag in given})


def checked_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags. Raises InvalidParameterValue beyond ``TAGS_MAX``."""
    if len(tags) > TAGS_MAX:
        raise invalid_value(f"A resource can have at most {TAGS_MAX} tags.")
    return tags


def matches_id(text: str) -> bool:
    """Whether a text can be the id of a query."""
    return re.fullmatch(r"[a-z][a-zA-Z0-9_]*", text) is not None
