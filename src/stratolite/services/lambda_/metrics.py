"""What Lambda publishes about itself: the namespace ``AWS/Lambda``.

An execution is counted once, as what it was, when it ends; metrics are made of that when CloudWatch takes them. Each is
there for the account as a whole, by function, by resource (function and alias or version) and, for aliases, by the
version that was executed. Follows https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stratolite.core.call import Call
from stratolite.core.metering import Metric
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.rules import version_number

if TYPE_CHECKING:
    from stratolite.core.metering import Derived, Tally
    from stratolite.engine.model import Outcome
    from stratolite.services.lambda_ import Lambda
    from stratolite.services.lambda_.concurrency import Provided, Share

NAMESPACE = "AWS/Lambda"

Execution = tuple[int, bool, int, int, int]
"""How long it took (hundredths of a millisecond), whether the function failed, and how many there were at its end: of
the function, of functions that have reserved nothing, of all."""
Provisioned = tuple[bool, int, int]
"""Whether an execution had an environment that was provided, how many such were at work, and how many there were."""


class Tallies(NamedTuple):
    """The executions of a function under one qualifier by one version."""

    executions: "Tally[Execution]"
    provisioned: "Tally[Provisioned]"


def tallies(lambda_: "Lambda", name: FunctionName, number: int) -> Tallies:
    """Those of a function as it was named, and the version that this led to (0 for ``$LATEST``)."""
    sets = _sets(name, str(number) if number else "$LATEST")
    meter = lambda_.world.ports.metric
    return Tallies(
        meter.tally(lambda counted: _of_executions(name, sets, counted)),
        meter.tally(lambda counted: _of_provisioned(name, sets, counted)),
    )


def executed(tallied: Tallies, share: "Share", provided: "Provided | None", outcome: "Outcome", began_ms: int) -> None:
    """An execution has ended, and still counts among those that run. It counts for the minute in which it began,
    or, as the last ones were handed over since, for a later one."""
    account = share.account
    unreserved = account.on_demand + account.in_provisioned
    running = share.on_demand + share.in_provisioned
    duration = int(outcome.duration_ms * 100 + 0.5)
    all_running = unreserved + account.in_reserved
    tallied.executions.add_at((duration, bool(outcome.error), running, unreserved, all_running), began_ms)
    if share.provided:
        version = provided or next(iter(share.provided.values()))
        tallied.provisioned.add_at((provided is not None, version.running, version.ready), began_ms)


def count(lambda_: "Lambda", name: FunctionName, metric: str, value: float = 1.0, unit: str = "Count") -> None:
    """Count something that is no execution."""
    call = Call(account=name.account, region=name.region)
    lambda_.world.ports.metric.shared(call, NAMESPACE, metric, _sets(name, ""), unit).add(value)


def visited(lambda_: "Lambda", name: FunctionName, status: int, latency_ms: float) -> None:
    """A function URL was asked, and has answered, or begun to."""
    count(lambda_, name, "UrlRequestCount")
    count(lambda_, name, "UrlRequestLatency", round(latency_ms, 2), "Milliseconds")
    count(lambda_, name, "Url4xxCount", float(400 <= status < 500))
    count(lambda_, name, "Url5xxCount", float(status >= 500))


def _sets(name: FunctionName, executed_version: str) -> Sequence[dict[str, str]]:
    function = {"FunctionName": name.name}
    resource = {**function, "Resource": f"{name.name}:{name.qualifier}" if name.qualifier else name.name}
    sets = [{}, function, resource]
    if executed_version and version_number(name.qualifier) is None:
        sets.append({**resource, "ExecutedVersion": executed_version})
    return sets


def _metrics(name: FunctionName, metric: str, sets: Sequence[Mapping[str, str]], unit: str) -> Iterator[Metric]:
    for dimensions in sets:
        yield Metric(name.account, name.region, NAMESPACE, metric, tuple(sorted(dimensions.items())), unit)


def _of_executions(
    name: FunctionName, sets: Sequence[Mapping[str, str]], counted: Mapping[Execution, float]
) -> "Derived":
    durations, errors, running, unreserved, of_all = kept = tuple[dict[float, float], ...]({} for _ in range(5))
    for event, times in counted.items():
        for values, value in zip(kept, event, strict=True):
            values[float(value)] = values.get(float(value), 0.0) + times
    durations = {value / 100: times for value, times in durations.items()}
    times = sum(counted.values())
    for metric, values, unit in (
        ("Invocations", {1.0: times}, "Count"),
        ("Throttles", {0.0: times}, "Count"),
        ("Errors", errors, "Count"),
        ("Duration", durations, "Milliseconds"),
    ):
        for made in _metrics(name, metric, sets, unit):
            yield made, values
    for made in _metrics(name, "ConcurrentExecutions", sets[1:], "Count"):
        yield made, running
    for metric, values in (("ConcurrentExecutions", of_all), ("UnreservedConcurrentExecutions", unreserved)):
        yield Metric(name.account, name.region, NAMESPACE, metric, (), "Count"), values


def _of_provisioned(
    name: FunctionName, sets: Sequence[Mapping[str, str]], counted: Mapping[Provisioned, float]
) -> "Derived":
    inside = sum(times for (is_inside, _, _), times in counted.items() if is_inside)
    outside = sum(counted.values()) - inside
    busy: dict[float, float] = {}
    used: dict[float, float] = {}
    for (_, running, ready), times in counted.items():
        busy[running] = busy.get(running, 0) + times
        share = running / ready if ready else 0.0
        used[share] = used.get(share, 0) + times
    for metric, values in (
        ("ProvisionedConcurrencyInvocations", {1.0: inside}),
        ("ProvisionedConcurrencySpilloverInvocations", {1.0: outside}),
        ("ProvisionedConcurrentExecutions", busy),
        ("ProvisionedConcurrencyUtilization", used),
    ):
        if not any(values.values()):
            continue
        for made in _metrics(name, metric, sets[1:], "Count"):
            yield made, values
