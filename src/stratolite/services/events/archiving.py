"""What archives keep, how long, and how replays give it out again.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.events import Events
from stratolite.services.events.domain import Archive, Replay
from stratolite.services.events.event import archived_bytes, time_ms

EXPIRE = "events.expire"
REPLAY = "events.replay"
DAY_MS = 24 * 60 * 60 * 1000
STEP_EVENTS = 100
"""How many events a replay gives out in one transaction."""


def keep(call: Call, events: Events, archive: Archive, event: Mapping[str, Any], source: str) -> None:
    """Keep an event (``source`` is its JSON) in an archive, and plan when the archive forgets it."""
    known = events.archives.archive(archive.arn)
    if known is None:
        return
    events.archives.add(known.arn, call.now_ms, time_ms(event), source, archived_bytes(event))
    if known.retention_days and not known.expiry:
        plan_expiry(call, events, known, call.now_ms)


def plan_expiry(call: Call, events: Events, archive: Archive, oldest_ms: int) -> None:
    """Plan to forget the events of an archive of which the oldest is of that time."""
    due_ms = oldest_ms + archive.retention_days * DAY_MS
    expiry = events.world.outbox.put(call, EXPIRE, archive.arn.encode(), target=archive.arn, due_ms=due_ms)
    events.archives.set_expiry(archive.arn, expiry)


def replan_expiry(call: Call, events: Events, archive: Archive) -> None:
    """The retention has changed: forget what is too old now, and plan the next time."""
    if archive.expiry:
        events.world.outbox.end(archive.expiry)
        events.archives.set_expiry(archive.arn, 0)
    if archive.retention_days:
        oldest_ms = events.archives.forget(archive, call.now_ms - archive.retention_days * DAY_MS)
        if oldest_ms is not None:
            plan_expiry(call, events, archive, oldest_ms)


def plan_replay(call: Call, events: Events, replay: Replay) -> None:
    """Plan the next step of a replay."""
    events.world.outbox.put(call, REPLAY, replay.arn.encode(), source=replay.archive_arn, target=replay.arn)


def step(events: Events, replay: Replay, now_ms: int) -> tuple[Replay, list[dict[str, Any]]]:
    """The replay after its next step, and the events that it gives out in it."""
    if replay.state == "CANCELLING":
        return replace(replay, state="CANCELLED", ended_ms=now_ms), []
    rows = events.archives.between(replay, STEP_EVENTS)
    given = [json.loads(source) for _, _, source in rows]
    if rows:
        last_id, last_ms, _ = rows[-1]
        replay = replace(replay, state="RUNNING", last_id=last_id, last_ms=last_ms)
    if len(rows) < STEP_EVENTS:
        replay = replace(replay, state="COMPLETED", ended_ms=now_ms)
    return replay, given
