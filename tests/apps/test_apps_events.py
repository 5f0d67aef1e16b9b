"""An application that all that happens calls: objects in buckets of its own and of others, events, time, logs."""

from pathlib import Path
from textwrap import dedent

from tests.apps.conftest import Starter, eventually

SERVICE = """
    service: called
    provider: {name: aws, runtime: python3.12, versionFunctions: false}
    functions:
      objects:
        handler: called.handler
        events:
          - s3: {bucket: called-uploads, event: 's3:ObjectCreated:*', rules: [{prefix: in/}]}
      events:
        handler: called.handler
        events:
          - eventBridge: {eventBus: called-bus, pattern: {source: [shop]}, inputPath: $.detail}
          - cloudwatchEvent: {event: {source: [old]}}
      often:
        handler: called.handler
        events:
          - schedule: {rate: [rate(1 minute)], input: {said: often}}
          - schedule: {rate: [rate(1 minute)], method: scheduler, input: {said: scheduled}}
    """
OF_OTHERS = """
      elsewhere:
        handler: called.handler
        events:
          - s3: {bucket: already-there, existing: true, rules: [{suffix: .csv}]}
      watcher:
        handler: called.watch
        events:
          - cloudwatchLog: {logGroup: /called/other, filter: ERROR}
    """
HANDLER = """
    import base64, gzip, json

    def handler(event, context):
        print("CALLED", json.dumps(event))

    def watch(event, context):
        data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        print("CALLED", json.dumps([each["message"] for each in data["logEvents"]]))
    """


def write(folder: Path, service: str = SERVICE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "called.py").write_text(dedent(HANDLER))
    (folder / "serverless.yml").write_text(dedent(service))
    return folder


def test_everything_that_happens_calls_it(up: Starter, tmp_path: Path) -> None:
    running = up(write(tmp_path / "app"))
    s3 = running.client("s3")
    s3.put_object(Bucket="called-uploads", Key="out/no.txt", Body=b"x")
    s3.put_object(Bucket="called-uploads", Key="in/a b+c.txt", Body=b"x")
    running.until("in/a+b%2Bc.txt")
    assert "out/no.txt" not in running.output
    placed = {"DetailType": "Placed", "Detail": '{"order": 7}'}
    running.client("events").put_events(
        Entries=[{**placed, "Source": "shop", "EventBusName": "called-bus"}, {**placed, "Source": "old"}]
    )
    running.until('CALLED {"order": 7}')
    running.until('"detail": {"order": 7}')
    [rule] = [each for each in running.client("events").list_rules()["Rules"] if "ScheduleExpression" in each]
    [target] = running.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert (rule["ScheduleExpression"], target["Input"]) == ("rate(1 minute)", '{"said":"often"}')
    scheduler = running.client("scheduler")
    [schedule] = scheduler.list_schedules()["Schedules"]
    assert scheduler.get_schedule(Name=schedule["Name"])["Target"]["Input"] == '{"said":"scheduled"}'
    running.stop()


def test_what_happens_to_what_others_have_made(up: Starter, tmp_path: Path) -> None:
    folder = write(tmp_path / "app")
    running = up(folder)
    s3, logs = running.client("s3"), running.client("logs")
    s3.create_bucket(Bucket="already-there")
    logs.create_log_group(logGroupName="/called/other")
    logs.create_log_stream(logGroupName="/called/other", logStreamName="s")
    write(folder, SERVICE + OF_OTHERS)
    running.until("serverless.yml: deployed in")
    s3.put_object(Bucket="already-there", Key="rows.csv", Body=b"x")
    running.until('"key": "rows.csv"')
    now_ms = int(running.client("cloudformation").describe_stacks()["Stacks"][0]["CreationTime"].timestamp() * 1000)
    messages = [{"timestamp": now_ms, "message": text} for text in ("all is well", "ERROR: it is not")]
    logs.put_log_events(logGroupName="/called/other", logStreamName="s", logEvents=messages)
    running.until('CALLED ["ERROR: it is not"]')
    seen = len(running.lines)
    write(folder)
    running.until("serverless.yml: deployed in", after=seen)
    # What is no longer in the template is cleaned up after the update.
    eventually(
        lambda: s3.get_bucket_notification_configuration(Bucket="already-there"),
        lambda found: "LambdaFunctionConfigurations" not in found,
    )
    running.stop()
