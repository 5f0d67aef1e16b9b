"""Subscription filters: which lines are handed to a function, or put into a stream of Kinesis, as they come in."""

import base64
import binascii

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import Group
from stratolite.services.logs.filter_store import SubscriptionFilter
from stratolite.services.logs.filters import matcher
from stratolite.services.logs.subscription import BY_STREAM, control_message, may_invoke

DESCRIBED_DEFAULT = 50
CROSS_ACCOUNT = (
    "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account "
    "lambda triggers."
)
NOT_EXECUTED = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
    "function."
)
NOT_DELIVERED = (
    "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state."
)
CONTROL_KEY = "CloudwatchLogs"


def put_subscription_filter(call: Call, logs: Logs, request: api.PutSubscriptionFilterRequest) -> None:
    """Hand the lines of a group that match a pattern to a function or a stream of Kinesis, from now on.

    ``distribution`` is about the shards of a stream.
    """
    rules.check_names(request["logGroupName"])
    rules.check_filter(request)
    name, pattern = request["filterName"], request["filterPattern"]
    destination = _destination(call, request)
    matcher(pattern)
    group = logs.store.require_group(call, request["logGroupName"])
    rules.check_filtered(group)
    rules.check_regexes(pattern, logs.filters.patterns(group.id, without_subscription=name))
    names = {one.name for one in logs.filters.subscription_filters(group.id)}
    if name not in names and len(names) == rules.SUBSCRIPTION_FILTERS_MAX:
        raise api.LimitExceededException("Resource limit exceeded.")
    if destination.service == "kinesis":
        _try_stream(call, logs, str(destination))
    elif not may_invoke(call, logs.world, group, destination):
        raise api.InvalidParameterException(NOT_EXECUTED)
    made = SubscriptionFilter(
        group.id,
        name,
        pattern,
        request["destinationArn"],
        request.get("distribution", BY_STREAM),
        call.now_ms,
        request.get("roleArn", ""),
    )
    logs.filters.put_subscription_filter(made)


def delete_subscription_filter(call: Call, logs: Logs, request: api.DeleteSubscriptionFilterRequest) -> None:
    """Hand on no more; what was on its way arrives."""
    rules.check_names(request["logGroupName"])
    group = logs.store.require_group(call, request["logGroupName"])
    if not logs.filters.delete_subscription_filter(group.id, request["filterName"]):
        raise api.ResourceNotFoundException("The specified subscription filter does not exist.")


def describe_subscription_filters(
    call: Call, logs: Logs, request: api.DescribeSubscriptionFiltersRequest
) -> api.DescribeSubscriptionFiltersResponse:
    """Filters of a group, in order of name, a page at a time."""
    rules.check_names(request["logGroupName"])
    group = logs.store.require_group(call, request["logGroupName"])
    prefix, after = request.get("filterNamePrefix", ""), _after(request.get("nextToken"))
    found = logs.filters.subscription_filters(group.id)
    wanted = [one for one in found if one.name.startswith(prefix) and one.name > after]
    shown = wanted[: request.get("limit", DESCRIBED_DEFAULT)]
    answer: api.DescribeSubscriptionFiltersResponse = {"subscriptionFilters": [_described(group, one) for one in shown]}
    if len(wanted) > len(shown):
        answer["nextToken"] = base64.urlsafe_b64encode(shown[-1].name.encode()).decode()
    return answer


def _try_stream(call: Call, logs: Logs, arn: str) -> None:
    """Put a message into a stream, as AWS does to see whether it can be reached."""
    try:
        logs.world.ports.kinesis.put(call, arn, CONTROL_KEY, control_message(call.now_ms))
    except AwsError:
        raise api.InvalidParameterException(NOT_DELIVERED) from None


def _destination(call: Call, request: api.PutSubscriptionFilterRequest) -> Arn:
    """The function or stream that a filter names. Raises AWS's errors, and NotImplementedHere for what is neither."""
    try:
        arn = Arn.parse(request["destinationArn"])
    except ValueError:
        raise api.InvalidParameterException(f"Invalid ARN: {request['destinationArn']}") from None
    vendor = arn.service
    if vendor in ("kinesis", "firehose"):
        if "roleArn" not in request:
            raise api.InvalidParameterException(f"destinationArn for vendor {vendor} cannot be used without roleArn")
        if vendor == "firehose":
            raise NotImplementedHere("Subscription filters with a destination of firehose are not implemented.")
        return arn
    if vendor == "logs":
        raise NotImplementedHere("Destinations of CloudWatch Logs, for other accounts, are not implemented.")
    if vendor != "lambda" or not arn.resource.startswith("function:"):
        raise api.InvalidParameterException(f"destinationArn for vendor {vendor} is not supported")
    if arn.account != call.account:
        raise api.AccessDeniedException(CROSS_ACCOUNT)
    if "roleArn" in request:
        raise api.InvalidParameterException("destinationArn for vendor lambda cannot be used with roleArn")
    return arn


def _described(group: Group, one: SubscriptionFilter) -> api.SubscriptionFilter:
    return {
        "filterName": one.name,
        "logGroupName": group.name,
        "filterPattern": one.pattern,
        "destinationArn": one.destination_arn,
        "distribution": one.distribution,
        "applyOnTransformedLogs": False,
        "creationTime": one.created_ms,
        **({"roleArn": one.role_arn} if one.role_arn else {}),
    }


def _after(token: str | None) -> str:
    try:
        return base64.b64decode(token or "", altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise rules.invalid_token() from None
