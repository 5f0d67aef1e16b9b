"""What functions and destinations are shown of a stream. Shapes: the pages and recordings named in stream_event.py."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import (
    AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    Item,
    Place,
    Window,
    event,
    failure_record,
    lane_of,
    object_key,
    shown,
)

STREAM = "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/2024-10-10T00:00:00.000"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"
PLACE = Place(STREAM, "shardId-00000001728518400000-a1b2c3d4", FUNCTION)
AT = 1_657_720_081_123
"""2022-07-13T13:48:01.123Z"""
ITEMS = [Item("101", AT, b'{"eventID":"a"}'), Item("105", AT + 2000, b'{"eventID":"b"}')]


def test_an_event_has_the_records_in_order() -> None:
    assert json.loads(event(PLACE, ITEMS)) == {"Records": [{"eventID": "a"}, {"eventID": "b"}]}


def test_an_event_in_a_window() -> None:
    """Source: services-ddb-windows, the example DynamodbTimeWindowEvent."""
    window = Window.of(AT, 300)
    assert json.loads(event(PLACE, ITEMS[:1], window)) == {
        "Records": [{"eventID": "a"}],
        "window": {"start": "2022-07-13T13:45:00Z", "end": "2022-07-13T13:50:00Z"},
        "state": {},
        "shardId": PLACE.shard_id,
        "eventSourceARN": STREAM,
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }
    early = Window(window.start_ms, window.end_ms, b'{"n":1}', is_early=True)
    final = json.loads(event(PLACE, [], early, is_final=True))
    assert final["Records"] == []
    assert final["state"] == {"n": 1}
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, True)


def test_a_record_as_functions_see_it() -> None:
    record = {"eventID": "1", "eventName": "REMOVE", "userIdentity": {"PrincipalId": "p", "Type": "Service"}}
    assert shown(record, STREAM) == {
        "eventID": "1",
        "eventName": "REMOVE",
        "eventSourceARN": STREAM,
        "userIdentity": {"principalId": "p", "type": "Service"},
    }
    assert "PrincipalId" in record["userIdentity"], "the stream's own record stays as it is"


def failed(condition: str, answer: Answer, invokes: int, items: list[Item] = ITEMS[:1]) -> dict[str, Any]:
    return failure_record(PLACE, items, condition, invokes, answer, AT)


def test_the_record_of_an_error() -> None:
    """Recorded: test_dynamodb_event_source_mapping_with_on_failure_destination_config."""
    assert failed(RETRIES_EXHAUSTED, Answer("r-1", b"{}", "Unhandled"), 2, ITEMS) == {
        "requestContext": {
            "requestId": "r-1",
            "functionArn": FUNCTION,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2022-07-13T13:48:01.123Z",
        "DDBStreamBatchInfo": {
            "shardId": PLACE.shard_id,
            "startSequenceNumber": "101",
            "endSequenceNumber": "105",
            "approximateArrivalOfFirstRecord": "2022-07-13T13:48:01Z",
            "approximateArrivalOfLastRecord": "2022-07-13T13:48:03Z",
            "batchSize": 2,
            "streamArn": STREAM,
        },
    }


def test_the_record_of_a_partial_failure_has_no_function_error() -> None:
    """Recorded: test_dynamodb_report_batch_item_failures."""
    record = failed(RETRIES_EXHAUSTED, Answer("r-1", b"{}"), 4)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}


def test_the_record_of_age_has_no_response() -> None:
    """Recorded: test_kinesis_maximum_record_age_exceeded."""
    assert list(failed(AGE_EXCEEDED, Answer("r-1", b"{}", "Unhandled"), 8)) == [
        "requestContext",
        "version",
        "timestamp",
        "DDBStreamBatchInfo",
    ]


def test_where_a_bucket_keeps_it() -> None:
    """Source: services-dynamodb-errors."""
    key = object_key("uuid", "shard", AT, "random")
    assert key == "aws/lambda/uuid/shard/2022/07/13/2022-07-13T13.48.01-random"


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3), min_size=1, max_size=2), st.integers(1, 10))
def test_an_item_has_one_lane(keys: dict[str, str], lanes: int) -> None:
    def record(names: list[str]) -> dict[str, Any]:
        return {"dynamodb": {"Keys": {name: {"S": keys[name]} for name in names}}}

    lane = lane_of(record(sorted(keys)), lanes)
    assert 0 <= lane < lanes
    assert lane == lane_of(record(sorted(keys, reverse=True)), lanes), "in whatever order its keys are"


def test_items_spread_over_the_lanes() -> None:
    lanes = {lane_of({"dynamodb": {"Keys": {"id": {"S": str(n)}}}}, 10) for n in range(200)}
    assert lanes == set(range(10))
