"""``stratolite events``: what is under way between functions, queued, retried or dead, and how to redrive it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click

from stratolite.cli import terminal
from stratolite.cli.client import Client, connect
from stratolite.cli.names import ending
from stratolite.cli.options import endpoint_option, json_option, region_option
from stratolite.core.clock import RealClock
from stratolite.core.errors import AwsError, UserError

COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}

HOUSEKEEPING = frozenset(
    {
        "cloudwatch.evaluate",
        "dynamodb.expiry",
        "dynamodb.purge",
        "dynamodb.trim",
        "events.expire",
        "kinesis.purge",
        "kinesis.trim",
        "logs.sweep",
        "s3.lifecycle",
        "sns.expire",
        "sns.forget",
        "sqs.expire",
    }
)
"""Kinds of what services do for themselves (retention, expiry, alarms): people are told of it where it fails."""


@dataclass(frozen=True)
class Deliveries:
    """Deliveries of one kind from one source to one target. ``next_due_ms``: the earliest of those that wait."""

    kind: str
    source: str
    target: str
    waiting: int
    retrying: int
    next_due_ms: int
    error: str


@dataclass(frozen=True)
class Queue:
    """A queue and what is in it. ``dead_of``: the queues whose dead letters it takes."""

    name: str
    url: str
    visible: int
    in_flight: int
    delayed: int
    dead_of: tuple[str, ...]


@click.command()
@click.option("--redrive", metavar="QUEUE", help="Move the dead letters of QUEUE back to where they came from.")
@endpoint_option
@region_option
@json_option
def command(redrive: str | None, endpoint: str | None, region: str | None, as_json: bool) -> None:
    """Show what is queued, in flight, retrying or dead, by source and target.

    Deliveries are what services owe one another (asynchronous invokes, subscriptions, schedules, timers); queues are
    SQS's, with their dead letters. What services do for themselves (retention, expiry, alarms) is counted alone;
    --json has all of it.
    """
    client = connect(endpoint, region)
    try:
        if redrive is not None:
            _redrive(client, redrive)
            return
        outbox = json.loads(client.http("GET", "/_stratolite/outbox")[1])
        deliveries, queues = _deliveries(outbox["entries"]), _queues(client)
    except AwsError as error:
        raise UserError(str(error), exit_code=1) from error
    if as_json:
        shown = {
            "waiting": outbox["waiting"],
            "in_flight": outbox["in_flight"],
            "deliveries": [asdict(one) for one in deliveries],
            "queues": [asdict(one) for one in queues],
        }
        terminal.say(json.dumps(shown, indent=2))
        return
    _show_deliveries(deliveries, outbox)
    _show_queues(queues)


def _deliveries(entries: Iterable[Mapping[str, Any]]) -> list[Deliveries]:
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        groups.setdefault((entry["kind"], entry["source"], entry["target"]), []).append(entry)
    found = []
    for (kind, source, target), members in sorted(groups.items()):
        retried = [one for one in members if one["attempts"]]
        errors = Counter(one["error"] for one in retried if one["error"])
        found.append(
            Deliveries(
                kind,
                source,
                target,
                waiting=len(members) - len(retried),
                retrying=len(retried),
                next_due_ms=min(one["due_ms"] for one in members),
                error=errors.most_common(1)[0][0] if errors else "",
            )
        )
    return found


def _queues(client: Client) -> list[Queue]:
    urls: list[str] = []
    request: dict[str, Any] = {"MaxResults": 1000}
    while True:
        answer = client.call("sqs", "ListQueues", request)
        urls += answer.get("QueueUrls", [])
        if "NextToken" not in answer:
            break
        request = {**request, "NextToken": answer["NextToken"]}
    return [_queue(client, url) for url in urls]


def _queue(client: Client, url: str) -> Queue:
    asked = {"QueueUrl": url, "AttributeNames": list(COUNTS.values())}
    attributes = client.call("sqs", "GetQueueAttributes", asked)["Attributes"]
    sources = client.call("sqs", "ListDeadLetterSourceQueues", {"QueueUrl": url}).get("queueUrls", [])
    counts = {name: int(attributes[attribute]) for name, attribute in COUNTS.items()}
    return Queue(_name(url), url, **counts, dead_of=tuple(_name(source) for source in sources))


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _show_deliveries(deliveries: list[Deliveries], outbox: Mapping[str, Any]) -> None:
    terminal.heading("Deliveries")
    shown = [one for one in deliveries if one.retrying or one.kind not in HOUSEKEEPING]
    own = sum(one.waiting for one in deliveries) - sum(one.waiting for one in shown)
    if not shown:
        terminal.say("  Nothing waits.")
    else:
        _show_waiting(shown)
    if deliveries:
        besides = f", {own} of them the services' own (retention, expiry, alarms)" if own else ""
        terminal.say(f"  {outbox['waiting']} in all, {outbox['in_flight']} in flight{besides}")


def _show_waiting(deliveries: list[Deliveries]) -> None:
    now_ms = RealClock().now_ms()
    rows = [("kind", "from", "to", "waiting", "retrying", "next", "last error")]
    for one in deliveries:
        due_s = max(one.next_due_ms - now_ms, 0) / 1000
        counts = (str(one.waiting), str(one.retrying))
        rows.append((one.kind, _short(one.source), _short(one.target), *counts, f"in {due_s:.0f} s", one.error))
    terminal.columns(rows)


def _show_queues(queues: list[Queue]) -> None:
    if not queues:
        return
    terminal.heading("Queues")
    rows = [("queue", "visible", "in flight", "delayed", "")]
    for one in queues:
        dead = f"dead letters of {', '.join(one.dead_of)}" if one.dead_of else ""
        rows.append((one.name, str(one.visible), str(one.in_flight), str(one.delayed), dead))
    terminal.columns(rows)
    if any(one.dead_of and one.visible for one in queues):
        terminal.say("  'stratolite events --redrive QUEUE' moves dead letters back.")


def _short(arn: str) -> str:
    """``sns:orders`` for ``arn:aws:sns:us-east-1:000000000000:orders``."""
    parts = arn.split(":", 5)
    return f"{parts[2]}:{parts[5]}" if len(parts) == 6 and parts[0] == "arn" else arn


def _redrive(client: Client, wanted: str) -> None:
    queues = {queue.name: queue for queue in _queues(client)}
    name = ending("queue", wanted, list(queues))
    asked = {"QueueUrl": queues[name].url, "AttributeNames": ["QueueArn"]}
    arn = client.call("sqs", "GetQueueAttributes", asked)["Attributes"]["QueueArn"]
    client.call("sqs", "StartMessageMoveTask", {"SourceArn": arn})
    terminal.say(f"moving {queues[name].visible} from {name} back to where they came from")
