"""Steps over a bucket of the local cloud: each object on its own, whatever its notifications do."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import EndpointConnectionError, IncompleteReadError

from stratolite_patterns.pipeline import (
    BadKey,
    BatchFailed,
    InProgress,
    ObjectRef,
    Output,
    OutputLoop,
    Pipeline,
    Poison,
    Progress,
    StoredObject,
    TooLarge,
)

MIB = 1024 * 1024


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Died(BaseException):
    """What a test raises in place of a function's death."""


@dataclass
class Place:
    """A bucket, a table, queues, and a pipeline over them."""

    s3: Any
    sqs: Any
    dynamodb: Any
    bucket: str
    dead: str
    next: str
    progress: Progress
    pipeline: Pipeline
    clock: Clock
    sequence: int = 0

    def put(self, name: str, body: bytes = b"a,b\n1,2\n", **more: Any) -> dict[str, Any]:
        """Write an object; the SQS record that tells of it."""
        self.sequence += 1
        answer = self.s3.put_object(Bucket=self.bucket, Key=name, Body=body)
        found = {"key": name, "size": len(body), "eTag": answer["ETag"].strip('"')}
        found["sequencer"] = f"{self.sequence:018X}"
        s3 = {"bucket": {"name": self.bucket}, "object": found | more}
        body_text = json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]})
        return self.record(body_text)

    @staticmethod
    def record(body: str) -> dict[str, Any]:
        return {
            "messageId": uuid4().hex,
            "body": body,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
        }

    def run(self, *records: dict[str, Any]) -> list[str]:
        """Hand records over; which of them failed."""
        try:
            answer = self.pipeline({"Records": list(records)})
        except BatchFailed:
            return [record["messageId"] for record in records]
        assert answer is not None
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def received(self, queue: str) -> list[dict[str, Any]]:
        messages = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(messages.get("Messages", []))

    def step(self, key: str, name: str = "rows") -> dict[str, Any]:
        found = self.progress.read(self.bucket, key)
        assert found is not None
        step: dict[str, Any] = found["steps"][name]
        return step

    def keys(self, prefix: str) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]


@pytest.fixture
def place(client: Callable[[str], Any]) -> Place:
    s3, sqs, dynamodb = client("s3"), client("sqs"), client("dynamodb")
    name = uuid4().hex
    s3.create_bucket(Bucket=f"b-{name}")
    dynamodb.create_table(
        TableName=f"t-{name}",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dead, following = (sqs.create_queue(QueueName=f"{each}-{name}")["QueueUrl"] for each in ("dead", "next"))
    clock = Clock()
    progress = Progress(f"t-{name}", client=dynamodb, now=clock)
    pipeline = Pipeline(progress, dead_letter=dead, s3=s3, sqs=sqs)
    return Place(s3, sqs, dynamodb, f"b-{name}", dead, following, progress, pipeline, clock)


def test_an_object_goes_through_its_step_once(place: Place) -> None:
    seen: list[str] = []

    @place.pipeline.step("rows", prefix="uploads/", suffix=".csv", output="rows/", next=place.next)
    def rows(source: StoredObject) -> Iterator[Output]:
        seen.append(source.key)
        for number, line in enumerate(source.lines()):
            yield Output(f"{source.name}/{number}.txt", line, "text/plain")

    record = place.put("uploads/a b+c.csv", key="uploads/a+b%2Bc.csv")
    other = place.put("other/x.csv")
    assert place.run(record, other, record) == []
    assert place.run(record) == []
    assert seen == ["uploads/a b+c.csv"]
    assert place.keys("rows/") == ["rows/a b+c.csv/0.txt", "rows/a b+c.csv/1.txt"]
    step = place.step("uploads/a b+c.csv")
    assert (step["status"], step["attempts"], len(step["outputs"])) == ("DONE", 1, 2)
    sent = [json.loads(each["Body"])["stratolite:object"] for each in place.received(place.next)]
    assert sorted(each["key"] for each in sent) == place.keys("rows/")


def test_a_message_of_a_step_sets_off_the_next_one(place: Place) -> None:
    seen: list[bytes] = []
    place.pipeline.step("first", prefix="in/", output="mid/", next=place.next)(
        lambda source: Output("x", source.read())
    )
    place.pipeline.step("second", prefix="mid/")(lambda source: seen.append(source.read()))
    assert place.run(place.put("in/x", b"hello")) == []
    (message,) = place.received(place.next)
    assert place.run(place.record(message["Body"])) == []
    assert seen == [b"hello"]


def test_each_record_stands_alone(place: Place) -> None:
    @place.pipeline.step("rows", prefix="in/")
    def work(source: StoredObject) -> None:
        if source.name == "bad":
            raise RuntimeError("no")

    records = [place.put(f"in/{name}") for name in ("a", "bad", "c")]
    assert place.run(*records) == [records[1]["messageId"]]
    assert [place.step(f"in/{name}")["status"] for name in ("a", "bad", "c")] == ["DONE", "FAILED", "DONE"]
    assert place.step("in/bad")["error"] == "RuntimeError: no"
    both = json.loads(records[1]["body"])
    both["Records"].append(json.loads(place.put("in/d")["body"])["Records"][0])
    message = place.record(json.dumps(both))
    assert place.run(message) == [message["messageId"]]
    assert place.step("in/d")["status"] == "DONE"


def test_poison_goes_to_the_dead_letter_with_its_reason(place: Place) -> None:
    tries: list[str] = []

    @place.pipeline.step("rows", prefix="in/")
    def work(source: StoredObject) -> None:
        tries.append(source.name)
        if source.name == "poison":
            raise Poison("no header\nin line 1")
        raise RuntimeError("again")

    poison, flaky = place.put("in/poison"), place.put("in/flaky")
    assert place.run(poison, flaky) == [flaky["messageId"]]
    assert place.run(flaky) == [flaky["messageId"]]
    assert place.run(flaky) == []
    assert tries == ["poison", "flaky", "flaky", "flaky"]
    letters = {}
    for each in place.received(place.dead):
        body = json.loads(each["Body"])
        letters[body["stratolite:object"]["key"]] = (body, each)
    body, message = letters["in/poison"]
    assert (body["reason"], body["step"], body["attempts"]) == ("Poison: no header\nin line 1", "rows", 1)
    assert message["MessageAttributes"]["reason"]["StringValue"] == "Poison: no header in line 1"
    assert letters["in/flaky"][0]["attempts"] == 3
    assert place.step("in/flaky")["status"] == "DEAD"
    # Sent back by a person, it is tried anew.
    assert place.run(place.record(message["Body"])) == []
    assert tries[-1] == "poison"


def test_what_is_no_notification_is_buried_too(place: Place) -> None:
    assert place.run(place.record("no json")) == []
    (letter,) = place.received(place.dead)
    assert json.loads(letter["Body"]) == {"reason": "MalformedNotification: no JSON", "message": "no json"}
    without = Pipeline(place.progress)
    with pytest.raises(BatchFailed):
        without({"Records": [place.record("no json")]})


def test_when_the_dead_letter_cannot_be_reached_nothing_is_lost(place: Place) -> None:
    class Gone:
        def send_message(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    def work(source: StoredObject) -> None:
        raise Poison("bad")

    place.pipeline.step("rows")(work)
    record = place.put("in/a")
    place.pipeline._sqs = Gone()
    assert place.run(record) == [record["messageId"]]
    place.pipeline._sqs = place.sqs
    place.clock.now_s += 901
    assert place.run(record) == []
    assert place.step("in/a")["status"] == "DEAD"


def test_late_notifications_do_not_bring_back_an_older_state(place: Place) -> None:
    seen: list[bytes] = []

    @place.pipeline.step("rows", prefix="in/", output="out/")
    def work(source: StoredObject) -> Output:
        seen.append(source.read())
        return Output("x", seen[-1])

    old, new = place.put("in/a", b"old"), place.put("in/a", b"new")
    assert place.run(new) == []
    assert place.run(old) == []
    assert seen == [b"new"]
    # In the right order, what the first one speaks of is there no more, and the second one is to come.
    old, new = place.put("in/b", b"old"), place.put("in/b", b"new")
    assert place.run(old) == []
    assert place.step("in/b")["status"] == "GONE"
    assert place.run(new) == []
    assert place.s3.get_object(Bucket=place.bucket, Key="out/x")["Body"].read() == b"new"


def test_a_slow_one_does_not_overwrite_what_a_later_state_made(place: Place) -> None:
    later: list[dict[str, Any]] = []

    @place.pipeline.step("rows", prefix="in/", output="out/")
    def work(source: StoredObject) -> Output:
        body = source.read()
        if later:
            assert place.run(later.pop()) == []
        return Output("x", body)

    old = place.put("in/a", b"old")
    body = place.s3.get_object
    new_record = place.put("in/a", b"new")
    later.append(new_record)
    # The old state is read before the new one is written.
    ref_etag = json.loads(old["body"])["Records"][0]["s3"]["object"]
    del ref_etag["eTag"]
    stale = json.loads(old["body"])
    stale["Records"][0]["s3"]["object"] = ref_etag
    assert place.run(place.record(json.dumps(stale))) == []
    assert body(Bucket=place.bucket, Key="out/x")["Metadata"]["source-sequencer"].startswith(f"{2:018X}")


def test_a_deleted_object_is_no_error(place: Place) -> None:
    @place.pipeline.step("rows")
    def work(source: StoredObject) -> None:
        source.read()

    record = place.put("in/a")
    place.s3.delete_object(Bucket=place.bucket, Key="in/a")
    assert place.run(record) == []
    assert place.step("in/a")["status"] == "GONE"


def test_what_died_is_taken_over_when_its_time_is_over(place: Place) -> None:
    deaths = [1]

    @place.pipeline.step("rows")
    def work(source: StoredObject) -> None:
        if deaths:
            deaths.pop()
            raise Died

    record = place.put("in/a")
    with pytest.raises(Died):
        place.pipeline({"Records": [record]})
    with pytest.raises(BatchFailed) as raised:
        place.pipeline({"Records": [record]})
    assert isinstance(raised.value.failures[0], InProgress)
    place.clock.now_s += 901
    assert place.run(record) == []
    assert (place.step("in/a")["status"], place.step("in/a")["attempts"]) == ("DONE", 2)


def test_s3_and_eventbridge_and_sns_call_it_too(place: Place) -> None:
    seen: list[str] = []
    place.pipeline.step("rows")(lambda source: seen.append(source.key))
    notification = json.loads(place.put("in/a")["body"])
    assert place.pipeline(notification) is None
    place.put("in/b+c")
    found = {"key": "in/b+c", "size": 8, "etag": "", "sequencer": "9"}
    detail = {"bucket": {"name": place.bucket}, "object": found}
    place.pipeline({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})
    message = place.put("in/d")["body"]
    place.pipeline({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
    assert seen == ["in/a", "in/b+c", "in/d"]
    assert place.pipeline({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) is None


def test_a_step_that_would_set_itself_off_is_refused() -> None:
    pipeline = Pipeline(Progress("t"))
    nothing: Callable[[StoredObject], None] = lambda source: None  # noqa: E731
    for prefix, output in (("in/", "in/done/"), ("", "out/"), ("in/x/", "in/"), ("in/", "in/")):
        with pytest.raises(OutputLoop, match="of that"):
            pipeline.step("a", prefix=prefix, output=output)(nothing)
    pipeline.step("a", prefix="in/", output="mid/")(nothing)
    pipeline.step("b", prefix="mid/", output="out/")(nothing)
    with pytest.raises(OutputLoop, match="c takes 'out/', and what b stores"):
        pipeline.step("c", prefix="out/", output="in/")(nothing)
    with pytest.raises(ValueError, match="name of its own"):
        pipeline.step("a")(nothing)
    pipeline.step("d", prefix="in/", output="in/", output_bucket="another")(nothing)


def test_a_loop_that_only_shows_when_it_runs_is_refused_and_buried(place: Place) -> None:
    place.pipeline.step("rows", prefix="in/", output="in/", output_bucket=place.bucket)(
        lambda source: Output("x", b"x")
    )
    record = place.put("in/a")
    for _ in range(3):
        place.run(record)
    (letter,) = place.received(place.dead)
    assert json.loads(letter["Body"])["reason"].startswith("OutputLoop")
    assert place.keys("in/") == ["in/a"]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "", "a/./b", "a\x00b", "a\\..\\b", "x" * 1030])
def test_keys_that_leave_their_place_are_refused(place: Place, key: str) -> None:
    place.pipeline.step("rows", prefix="in/", output="out/")(lambda source: Output(key, b"x"))
    record = place.put("in/a")
    with pytest.raises(BatchFailed) as raised:
        place.pipeline({"Records": [record]})
    assert isinstance(raised.value.failures[0], BadKey)


def test_names_are_safe_for_files(place: Place) -> None:
    for key, name in (
        ("in/../../.bashrc", "bashrc"),
        ("in/..", "object"),
        ("in/a\\..\\b.txt", "b.txt"),
        ("in/", "object"),
    ):
        ref = json.loads(place.put("in/a")["body"])
        from stratolite_patterns.pipeline import objects_of

        ref["Records"][0]["s3"]["object"]["key"] = key
        source = StoredObject(objects_of(ref)[0], place.s3)
        assert source.name == name
    (ref_a,) = objects_of(json.loads(place.put("in/a", b"hello")["body"]))
    with StoredObject(ref_a, place.s3).downloaded() as path:
        assert path.read_bytes() == b"hello"
    assert not path.exists()


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("in/sales.csv", "sales.csv"),
        ("in/jan/sales.csv", "jan/sales.csv"),
        ("in//jan//sales.csv", "jan/sales.csv"),
        ("in/../../.bashrc", "bashrc"),
        ("in/jan/..", "jan"),
        ("in/a\\..\\b.txt", "a/b.txt"),
        ("in/a\nb/c", "a_b/c"),
        ("in/", "object"),
    ],
)
def test_paths_are_safe_for_keys(key: str, path: str) -> None:
    assert StoredObject(ObjectRef("b", key), None, "in/").path == path


def test_objects_of_one_name_have_outputs_of_their_own(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.pipeline.step("by path", prefix="in/", output="paths/")(lambda source: Output(source.path, source.read()))
    place.pipeline.step("by name", prefix="in/", output="names/")(lambda source: Output(source.name, source.read()))
    assert place.run(place.put("in/jan/x", b"1"), place.put("in/feb/x", b"2"), place.put("in/feb/x", b"3")) == []
    assert place.keys("paths/") == ["paths/feb/x", "paths/jan/x"]
    assert place.keys("names/") == ["names/x"]
    assert f"names/x was made from {place.bucket}/in/jan/x, and is now from {place.bucket}/in/feb/x" in caplog.text
    assert "paths/" not in caplog.text


def test_what_shows_a_folder_is_no_upload(place: Place) -> None:
    seen: list[str] = []
    place.pipeline.step("rows", prefix="in/")(lambda source: seen.append(source.key))
    assert place.run(place.put("in/", b""), place.put("in/jan/", b""), place.put("in/jan/empty", b"")) == []
    assert seen == ["in/jan/empty"]


def test_bodies_are_streamed_and_outputs_too(place: Place) -> None:
    size = 64 * MIB

    @place.pipeline.step("copy", prefix="in/", output="out/")
    def copy(source: StoredObject) -> Output:
        return Output("large", source.chunks())

    record = place.put("in/large", b"x" * size)
    tracemalloc.start()
    assert place.run(record) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert place.s3.head_object(Bucket=place.bucket, Key="out/large")["ContentLength"] == size
    # A few parts of 8 MiB, whatever the size.
    assert peak < 48 * MIB


def test_limits_are_named(place: Place) -> None:
    errors: list[Exception] = []

    @place.pipeline.step("rows", prefix="in/")
    def work(source: StoredObject) -> None:
        for read in (lambda: source.read(bytes_max=10), lambda: list(source.lines(line_bytes_max=10))):
            with pytest.raises(TooLarge) as raised:
                read()
            errors.append(raised.value)
        source.read(bytes_max=10)

    assert place.run(place.put("in/a", b"x" * 100)) == []
    assert [str(error) for error in errors] == [
        "100 bytes, and 10 are allowed (bytes_max)",
        "a line of more than 10 bytes (line_bytes_max)",
    ]
    assert place.step("in/a")["status"] == "DEAD"


def test_lines_of_each_kind(place: Place) -> None:
    seen: list[list[bytes]] = []
    place.pipeline.step("rows")(lambda source: seen.append(list(source.lines())))
    place.run(place.put("a", b"a\r\n\nb"), place.put("b", b""), place.put("c", b"x\n"))
    assert seen == [[b"a", b"", b"b"], [], [b"x"]]


def test_a_body_that_breaks_off_is_an_error_and_nothing_is_stored(place: Place) -> None:
    class Broken:
        def iter_chunks(self, size: int) -> Iterator[bytes]:
            yield b"half"
            raise IncompleteReadError(actual_bytes=4, expected_bytes=8)

        def close(self) -> None:
            """Nothing to close."""

    class S3:
        def __getattr__(self, name: str) -> Any:
            return getattr(place.s3, name)

        def get_object(self, **_: Any) -> Any:
            return {"Body": Broken()}

    place.pipeline._s3 = S3()
    place.pipeline.step("rows", prefix="in/", output="out/")(lambda source: Output("x", source.chunks()))
    record = place.put("in/a", b"half-all")
    assert place.run(record) == [record["messageId"]]
    assert place.keys("out/") == []
    assert place.step("in/a")["error"].startswith("IncompleteReadError")


def test_a_multipart_upload_that_fails_is_aborted(place: Place) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * (20 * MIB)
        raise RuntimeError("source is gone")

    place.pipeline.step("rows", prefix="in/", output="out/")(lambda source: Output("x", pieces()))
    record = place.put("in/a")
    assert place.run(record) == [record["messageId"]]
    assert place.s3.list_multipart_uploads(Bucket=place.bucket).get("Uploads", []) == []


def test_an_output_without_a_declared_place_is_refused(place: Place) -> None:
    place.pipeline.step("rows", prefix="in/")(lambda source: Output("x", b"x"))
    record = place.put("in/a")
    assert place.run(record) == [record["messageId"]]
    assert "declares no output" in place.step("in/a")["error"]
