"""Archives and replays over the wire, beside what AWS answered."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.conftest import RunningCloud, recorded
from tests.wire.events_world import ENTRY, PATTERN, arn, bodies, put, queue, refused, ruled

ANSWERS = "events/test_archive_and_replay.json"
DAY_S = 24 * 60 * 60


def moment(cloud: RunningCloud, shift_s: float = 0) -> datetime:
    return datetime.fromtimestamp(cloud.clock.now_s() + shift_s, UTC)


def test_archives_are_made_shown_changed_and_deleted(cloud: RunningCloud) -> None:
    answer = recorded(ANSWERS, "test_create_list_describe_update_delete_archive[default]")
    events = cloud.client("events")
    request = {"EventPattern": json.dumps(PATTERN), "Description": "description of the archive", "RetentionDays": 1}
    made = events.create_archive(ArchiveName="made", EventSourceArn=arn("event-bus/default"), **request)
    assert set(made) == set(answer["create-archive"])
    [listed] = events.list_archives(NamePrefix="made")["Archives"]
    assert set(listed) == set(answer["list-archives"]["Archives"][0])
    shown = events.describe_archive(ArchiveName="made")
    assert set(shown) == set(answer["describe-archive"])
    assert (shown["State"], shown["EventCount"], shown["SizeBytes"]) == ("ENABLED", 0, 0)
    assert set(events.update_archive(ArchiveName="made", RetentionDays=2)) == set(answer["update-archive"])
    assert events.list_archives(EventSourceArn=arn("event-bus/default"))["Archives"][0]["RetentionDays"] == 2
    events.delete_archive(ArchiveName="made")
    assert events.list_archives(NamePrefix="made")["Archives"] == []


def test_what_is_no_archive(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    default = arn("event-bus/default")
    events.create_archive(ArchiveName="twice", EventSourceArn=default)

    def text(entry: str, name: str) -> str:
        message = str(recorded(ANSWERS, entry)[name]["Error"]["Message"])
        return message.replace("<event-bus-name>", "absent").replace("<archive-name>", "absent")

    error = refused(events.create_archive, ArchiveName="other", EventSourceArn=arn("event-bus/absent"))
    assert error["Message"] == text(
        "test_create_archive_error_unknown_event_bus", "create-archive-unknown-event-bus-error"
    )
    error = refused(events.create_archive, ArchiveName="twice", EventSourceArn=default)
    duplicate = text("test_create_archive_error_duplicate[default]", "create-archive-duplicate-error")
    assert error["Message"] == duplicate.replace("absent", "twice")
    error = refused(events.describe_archive, ArchiveName="absent")
    assert error["Message"] == text(
        "test_describe_archive_error_unknown_archive", "describe-archive-unknown-archive-error"
    )
    error = refused(events.update_archive, ArchiveName="absent")
    assert error["Message"] == text("test_update_archive_error_unknown_archive", "update-archive-unknown-archive-error")
    error = refused(events.list_archives, EventSourceArn=arn("event-bus/absent"))
    assert error["Message"] == text(
        "test_list_archive_error_unknown_source_arn", "list-archives-unknown-event-bus-error"
    )


def test_events_are_kept_as_long_as_is_said(timed_cloud: RunningCloud) -> None:
    events = timed_cloud.client("events")
    events.create_archive(
        ArchiveName="days", EventSourceArn=arn("event-bus/default"), RetentionDays=1, EventPattern=json.dumps(PATTERN)
    )
    events.put_events(Entries=[ENTRY] * 10)
    put(timed_cloud, "not kept")
    timed_cloud.drain()
    shown = events.describe_archive(ArchiveName="days")
    wanted = recorded(ANSWERS, "test_list_archive_with_events[True-default]")["describe-archive"]
    assert {name: shown[name] for name in ("EventCount", "SizeBytes")} == {
        name: wanted[name] for name in ("EventCount", "SizeBytes")
    }
    timed_cloud.advance(DAY_S - 1)
    events.put_events(Entries=[ENTRY])
    timed_cloud.drain()
    assert events.describe_archive(ArchiveName="days")["EventCount"] == 11
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert events.describe_archive(ArchiveName="days")["EventCount"] == 1
    timed_cloud.advance(DAY_S)
    timed_cloud.drain()
    shown = events.describe_archive(ArchiveName="days")
    assert (shown["EventCount"], shown["SizeBytes"]) == (0, 0)


def replay_request(cloud: RunningCloud, name: str, archive: str, **more: Any) -> dict[str, Any]:
    return {
        "ReplayName": name,
        "Description": "description of the replay",
        "EventSourceArn": archive,
        "EventStartTime": moment(cloud, -60),
        "EventEndTime": moment(cloud, 60),
        "Destination": {"Arn": arn("event-bus/default")},
        **more,
    }


def test_replays(timed_cloud: RunningCloud) -> None:
    answer = recorded(ANSWERS, "test_start_list_describe_canceled_replay[default]")
    events = timed_cloud.client("events")
    url, there = queue(timed_cloud, "replayed")
    other_url, other = queue(timed_cloud, "not-replayed")
    rule = ruled(timed_cloud, "replayed", {"Arn": there})
    ruled(timed_cloud, "unfiltered", {"Arn": other}, EventPattern=json.dumps({"source": ["replayed"]}))
    archive = events.create_archive(ArchiveName="replayed", EventSourceArn=arn("event-bus/default"))["ArchiveArn"]
    for number in range(250):
        put(timed_cloud, "replayed", {"number": number})
    before = bodies(timed_cloud, url)
    assert len(bodies(timed_cloud, other_url)) == 250
    timed_cloud.advance(5)
    destination = {"Arn": arn("event-bus/default"), "FilterArns": [rule]}
    started = events.start_replay(**replay_request(timed_cloud, "replay", archive, Destination=destination))
    assert set(started) == set(answer["start-replay"]) and started["State"] == "STARTING"
    again = bodies(timed_cloud, url)
    wanted = answer["replay-messages"][0]["Body"]
    assert list(json.loads(again[0])) == list(wanted)
    assert json.loads(again[0])["replay-name"] == "replay"
    ids = {json.loads(body)["id"] for body in before}
    assert {json.loads(body)["id"] for body in again} == ids and len(again) == 250
    assert bodies(timed_cloud, other_url) == []
    assert set(events.describe_replay(ReplayName="replay")) == set(answer["describe-replay"])
    [listed] = events.list_replays(NamePrefix="replay")["Replays"]
    assert set(listed) == set(answer["list-replays"]["Replays"][0]) and listed["State"] == "COMPLETED"
    # What is replayed is not kept again.
    assert events.describe_archive(ArchiveName="replayed")["EventCount"] == 250
    error = refused(events.cancel_replay, ReplayName="replay")
    assert error["Code"] == "IllegalStatusException"


def test_replays_go_by_the_times_in_events(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html: "based on the time in the
    event", whenever it came."""
    events = timed_cloud.client("events")
    url, there = queue(timed_cloud, "past")
    ruled(timed_cloud, "past", {"Arn": there})
    archive = events.create_archive(ArchiveName="past", EventSourceArn=arn("event-bus/default"), RetentionDays=1)
    for year in (2023, 2021, 2022):
        entry = {**ENTRY, "Source": "past", "Time": datetime(year, 1, 1, tzinfo=UTC), "Detail": f'{{"year": {year}}}'}
        events.put_events(Entries=[entry])
    assert len(bodies(timed_cloud, url)) == 3
    events.start_replay(
        ReplayName="past",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=datetime(2021, 1, 1, tzinfo=UTC),
        EventEndTime=datetime(2022, 6, 1, tzinfo=UTC),
        Destination={"Arn": arn("event-bus/default")},
    )
    assert [json.loads(body)["detail"]["year"] for body in bodies(timed_cloud, url)] == [2021, 2022]
    shown = events.describe_replay(ReplayName="past")
    assert shown["EventLastReplayedTime"] == datetime(2022, 1, 1, tzinfo=UTC)
    # How long events are kept counts from when they came.
    assert events.describe_archive(ArchiveName="past")["EventCount"] == 3


def test_what_is_no_replay(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    archive = events.create_archive(ArchiveName="no-replay", EventSourceArn=arn("event-bus/default"))["ArchiveArn"]
    events.create_event_bus(Name="elsewhere")

    def error(**more: Any) -> str:
        return str(refused(events.start_replay, **replay_request(cloud, "no-replay", archive, **more))["Message"])

    def text(entry: str, name: str) -> str:
        message = str(recorded(ANSWERS, entry)[name]["Error"]["Message"])
        for placeholder in ("event-bus-name", "archive-name", "replay-name"):
            message = message.replace(f"<{placeholder}>", "absent")
        return message

    unknown = "test_start_replay_error_unknown_event_bus"
    assert error(Destination={"Arn": arn("event-bus/absent")}) == text(unknown, "start-replay-unknown-event-bus-error")
    assert error(Destination={"Arn": arn("event-bus/elsewhere")}) == text(unknown, "start-replay-wrong-event-bus-error")
    assert error(EventSourceArn=arn("archive/absent")) == text(
        "test_start_replay_error_unknown_archive", "start-replay-unknown-archive-error"
    )
    # Moto's tests of the same call have this one.
    assert error(Destination={"Arn": arn("archive/no-replay")}) == (
        "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN."
    )
    assert error(EventEndTime=moment(cloud, -70)) == text(
        "test_start_replay_error_invalid_end_time[10]", "start-replay-invalid-end-time-error"
    )
    assert refused(events.describe_replay, ReplayName="absent")["Message"] == text(
        "test_describe_replay_error_unknown_replay", "describe-replay-unknown-replay-error"
    )
