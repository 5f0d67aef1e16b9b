"""CloudWatch beside the recorded answers of AWS, member by member, in each protocol."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.cloudwatch_clients import PROTOCOLS, speaking
from tests.wire.functions import create, invoked
from tests.wire.test_wire_cloudwatch_alarms import Listener

EMPTY = {"ResponseMetadata": {"HTTPStatusCode": 200}}
FILE = "cloudwatch/test_cloudwatch.json"
MINIMAL: dict[str, Any] = {
    "AlarmName": "a",
    "Namespace": "n",
    "MetricName": "m",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 30,
}


@pytest.fixture(params=PROTOCOLS)
def spoken(request: pytest.FixtureRequest, timed_cloud: RunningCloud) -> tuple[Any, str]:
    """A client, and the protocol that it speaks."""
    return speaking(timed_cloud, request.param), request.param


def aws(name: str, protocol: str) -> Any:
    return recorded(FILE, f"::{name}[{protocol}]")


def same(ours: Any, theirs: Any) -> None:
    """Ours is AWS's answer, save for when values were measured, and for what was added since most were recorded: the
    newest, ``test_basic_operations_multiple_protocols``, has LogAlarms."""
    if "MetricAlarms" in theirs:
        assert ours["LogAlarms"] == []
        theirs = {**theirs, "LogAlarms": []}
    if "MetricDataResults" in theirs:
        for one in theirs["MetricDataResults"]:
            one.pop("Timestamps")
        ours = {**ours, "MetricDataResults": [dict(one) for one in ours["MetricDataResults"]]}
        for one in ours["MetricDataResults"]:
            assert len(one.pop("Timestamps")) == len(one["Values"])
    equal(ours, theirs)


def asked(cloud: RunningCloud, *queries: tuple[str, Mapping[str, Any], str]) -> dict[str, Any]:
    """GetMetricData about the minutes around now: ids, metrics and statistics."""
    now = cloud.clock.now_ms() / 1000
    return {
        "MetricDataQueries": [
            {"Id": query_id, "MetricStat": {"Metric": {"Namespace": "n", **metric}, "Period": 60, "Stat": statistic}}
            for query_id, metric, statistic in queries
        ],
        "StartTime": now - 300,
        "EndTime": now + 300,
    }


def test_an_alarm_is_shown(spoken: tuple[Any, str]) -> None:
    """test_describe_alarms_converts_date_format_correctly, test_put_metric_alarm_escape_character"""
    client, protocol = spoken
    client.put_metric_alarm(**MINIMAL)
    theirs = aws("test_describe_alarms_converts_date_format_correctly", protocol)["describe-alarms"]
    same(client.describe_alarms(AlarmNames=["a"]), theirs)
    topic = f"arn:aws:sns:{REGION}:111122223333:MyTopic"
    more = {"AlarmName": "cpu-mon", "AlarmDescription": "<", "Period": 600, "Threshold": 1, "AlarmActions": [topic]}
    client.put_metric_alarm(**{**MINIMAL, **more})
    theirs = aws("test_put_metric_alarm_escape_character", protocol)["describe-alarms-escaped-character"]
    same(client.describe_alarms(AlarmNames=["cpu-mon"]), theirs)


def test_tags(spoken: tuple[Any, str]) -> None:
    """test_store_tags"""
    client, protocol = spoken
    theirs = aws("test_store_tags", protocol)
    equal(client.put_metric_alarm(**{**MINIMAL, "MetricName": "store_tags"}), theirs["put_metric_alarm"])
    answer = client.describe_alarms(AlarmNames=["a"])
    same(answer, theirs["describe_alarms"])
    arn = {"ResourceARN": answer["MetricAlarms"][0]["AlarmArn"]}
    equal(client.list_tags_for_resource(**arn), theirs["list_tags_for_resource_empty "])
    client.tag_resource(**arn, Tags=[{"Key": "tag1", "Value": "foo"}, {"Key": "tag2", "Value": "bar"}])
    equal(client.list_tags_for_resource(**arn), theirs["list_tags_for_resource"])
    client.untag_resource(**arn, TagKeys=["tag1"])
    equal(client.list_tags_for_resource(**arn), theirs["list_tags_for_resource_post_untag"])


def test_a_state_is_set(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_set_alarm"""
    client, protocol = spoken
    theirs = aws("test_set_alarm", protocol)
    sns = timed_cloud.client("sns")
    client.put_metric_alarm(
        AlarmName="a",
        AlarmDescription="Test Alarm when CPU exceeds 50 percent",
        MetricName="CPUUtilization-3",
        Namespace="n",
        Statistic="Average",
        Period=300,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[{"Name": "InstanceId", "Value": "i-0317828c84edbe100"}],
        Unit="Percent",
        EvaluationPeriods=2,
        AlarmActions=[sns.create_topic(Name="alarm")["TopicArn"]],
        OKActions=[sns.create_topic(Name="ok")["TopicArn"]],
        TreatMissingData="ignore",
    )
    for step, state, reason in (("triggered", "ALARM", "testing alarm"), ("reset", "OK", "resetting alarm")):
        client.set_alarm_state(AlarmName="a", StateValue=state, StateReason=reason)
        same(client.describe_alarms(AlarmNames=["a"]), theirs[f"{step}-alarm"])


def test_several_metrics(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_get_metric_data_for_multiple_metrics"""
    client, protocol = spoken
    values = (("metric1", 50), ("metric2", 25), ("metric3", 55))
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": name, "Value": value} for name, value in values])
    queries = [(f"result{number}", {"MetricName": f"metric{number}"}, "Sum") for number in (1, 2, 3)]
    theirs = aws("test_get_metric_data_for_multiple_metrics", protocol)["get_metric_data"]
    same(client.get_metric_data(**asked(timed_cloud, *queries)), theirs)


def test_dimensions(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_get_metric_data_with_dimensions, test_get_metric_with_null_dimensions"""
    client, protocol = spoken

    def one(name: str, value: str) -> dict[str, Any]:
        return {"MetricName": "metric1", "Dimensions": [{"Name": name, "Value": value}]}

    data = [(11, "firstone"), (25, "secondone")]
    client.put_metric_data(Namespace="n", MetricData=[{**one("dim1", name), "Value": value} for value, name in data])
    answer = client.get_metric_data(**asked(timed_cloud, ("result1", one("dim1", "firstone"), "Sum")))
    same(answer, aws("test_get_metric_data_with_dimensions", protocol)["get_metric_data"])
    answer = client.get_metric_data(**asked(timed_cloud, ("result1", {"MetricName": "metric1"}, "Sum")))
    same(answer, aws("test_get_metric_with_null_dimensions", protocol)["get_metric_with_null_dimensions"])


def test_zero_is_a_value(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_get_metric_data_with_zero_and_labels"""
    client, protocol = spoken
    data = [0, 2, 4, 3.5, 7, 100]
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "metric1", "Value": value} for value in data])
    metric = {"MetricName": "metric1"}
    queries = [(f"result_{stat}", metric, stat) for stat in ("Average", "Sum", "Minimum", "Maximum")]
    theirs = aws("test_get_metric_data_with_zero_and_labels", protocol)["get_metric_data_with_zero_and_labels"]
    same(client.get_metric_data(**asked(timed_cloud, *queries)), theirs)


def test_statistics(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_get_metric_statistics, test_get_metric_with_no_results"""
    client, protocol = spoken
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "metric", "Value": one} for one in range(10)])
    request = asked(timed_cloud)
    del request["MetricDataQueries"]
    statistics = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"]
    answer = client.get_metric_statistics(
        Namespace="n", MetricName="metric", Period=60, Statistics=statistics, **request
    )
    equal(answer, aws("test_get_metric_statistics", protocol)["get_metric_statistics"])
    answer = client.get_metric_data(**asked(timed_cloud, ("result", {"MetricName": "other"}, "Sum")))
    same(answer, aws("test_get_metric_with_no_results", protocol)["result"])


def test_many_dimensions(spoken: tuple[Any, str], timed_cloud: RunningCloud) -> None:
    """test_multiple_dimensions_statistics"""
    client, protocol = spoken
    theirs = aws("test_multiple_dimensions_statistics", protocol)
    dimensions = theirs["list-metrics"]["Metrics"][0]["Dimensions"]
    metric = {"MetricName": "http.server.requests.count", "Dimensions": dimensions}
    datum = {**metric, "Unit": "Count", "StorageResolution": 1}
    client.put_metric_data(Namespace="n", MetricData=[{**datum, "Value": value} for value in (2, 5)])
    answer = client.get_metric_data(**asked(timed_cloud, ("result1", metric, "Maximum")))
    same(answer, theirs["get-metric-stats-max"])
    equal(client.list_metrics(Namespace="n"), theirs["list-metrics"])


def raw(cloud: RunningCloud, operation: str, protocol: str, request: str, headers: Mapping[str, str]) -> bytes:
    """The body of the answer to a request as it stands."""
    ours = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/monitoring/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "x-amz-date": "20260101T000000Z",
        **headers,
    }
    if protocol == "json":
        ours |= {"x-amz-target": f"GraniteServiceVersion20100801.{operation}"}
        ours |= {"content-type": "application/x-amz-json-1.0"}
    else:
        request = f"Action={operation}&Version=2010-08-01&{request}"
    try:
        with urllib.request.urlopen(urllib.request.Request(cloud.endpoint, request.encode(), ours)) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return bytes(error.read())


def tree(element: ET.Element) -> Any:
    """A document as the recordings show it."""
    named = {child.tag.partition("}")[2]: tree(child) for child in element}
    return named or element.text


def test_operations_in_every_protocol(timed_cloud: RunningCloud) -> None:
    """test_basic_operations_multiple_protocols, whose bodies were recorded as they came."""
    client = timed_cloud.client("cloudwatch")
    name = "test_basic_operations_multiple_protocols"
    for protocol in ("json", "smithy-rpc-v2-cbor"):
        equal(speaking(timed_cloud, protocol).describe_alarms(), aws(name, protocol)["describe-alarms"] | EMPTY)
    body = ET.fromstring(raw(timed_cloud, "DescribeAlarms", "query", "", {}))
    theirs = aws(name, "query")["describe-alarms"]["DescribeAlarmsResponse"]
    assert body.tag == f"{{{theirs['@xmlns']}}}DescribeAlarmsResponse"
    assert tree(body)["DescribeAlarmsResult"] == theirs["DescribeAlarmsResult"]
    for metric, value in (("some", 23), ("some", 18), ("part", 23)):
        client.put_metric_data(Namespace="n", MetricData=[{"MetricName": metric, "Value": value}])
    request = asked(timed_cloud, *((metric, {"MetricName": metric}, "Sum") for metric in ("some", "part")))
    for protocol in PROTOCOLS:
        theirs = aws(name, protocol)["get-metric-data"]
        if protocol == "query":
            results = theirs["GetMetricDataResponse"]["GetMetricDataResult"]["MetricDataResults"]["member"]
            results = [{**one, "Values": [float(one["Values"]["member"])]} for one in results]
            theirs = {"Messages": [], "MetricDataResults": results, **EMPTY}
        same(speaking(timed_cloud, protocol).get_metric_data(**request), theirs | EMPTY)


def test_errors_in_every_protocol(timed_cloud: RunningCloud) -> None:
    """test_exception_serializing_with_no_shape_in_spec: an error without a text has no member for it."""
    name = "test_exception_serializing_with_no_shape_in_spec"
    for step, state in (("invalid-value-response", "INVALID"), ("not-found-response", "OK")):
        request = {"AlarmName": "none", "StateValue": state, "StateReason": "r"}
        theirs = aws(name, "json")
        assert json.loads(raw(timed_cloud, "SetAlarmState", "json", json.dumps(request), {})) == theirs[step]
        theirs = aws(name, "query")[step]["ErrorResponse"]
        document = ET.fromstring(raw(timed_cloud, "SetAlarmState", "query", urllib.parse.urlencode(request), {}))
        assert document.tag == f"{{{theirs['@xmlns']}}}ErrorResponse"
        assert tree(document)["Error"] == theirs["Error"]
        response = answered(speaking(timed_cloud, "smithy-rpc-v2-cbor").set_alarm_state, **request)
        theirs = aws(name, "smithy-rpc-v2-cbor")[step]
        assert response["Error"].get("Message", "") == theirs.get("message", "")
    headers = {"x-amzn-query-mode": "true"}
    body = raw(timed_cloud, "SetAlarmState", "json", json.dumps(request), headers)
    assert json.loads(body) == aws(name, "json")["not-found-response-query-mode-true"]


# What other services publish -----------------------------------------------------------------------------------------


def of(namespace: str, dimensions: Mapping[str, str], *wanted: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Queries about what a service publishes: ids, names and statistics."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return [
        {
            "Id": query_id,
            "MetricStat": {
                "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": named},
                "Period": 60,
                "Stat": statistic,
            },
        }
        for query_id, name, statistic in wanted
    ]


def test_what_queues_publish(timed_cloud: RunningCloud) -> None:
    """test_aws_sqs_metrics_created"""
    theirs = recorded(FILE, "::test_aws_sqs_metrics_created")
    sqs, client = timed_cloud.client("sqs"), timed_cloud.client("cloudwatch")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.receive_message(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="Hello")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    queries = of(
        "AWS/SQS",
        {"QueueName": "q"},
        ("sent", "NumberOfMessagesSent", "Sum"),
        ("sent_size", "SentMessageSize", "Sum"),
        ("empty_receives", "NumberOfEmptyReceives", "Sum"),
    )
    minutes = {key: value for key, value in asked(timed_cloud).items() if key != "MetricDataQueries"}
    same(client.get_metric_data(MetricDataQueries=queries, **minutes), theirs["get_metric_data"])
    queries = of(
        "AWS/SQS",
        {"QueueName": "q"},
        ("num_msg_received", "NumberOfMessagesReceived", "Sum"),
        ("num_msg_deleted", "NumberOfMessagesDeleted", "Sum"),
    )
    same(client.get_metric_data(MetricDataQueries=queries, **minutes), theirs["get_metric_data_2"])


def test_what_functions_publish(timed_cloud: RunningCloud) -> None:
    """test_lambda_invoke_successful, test_lambda_invoke_error"""
    functions, client = timed_cloud.client("lambda"), timed_cloud.client("cloudwatch")
    create(functions, "works", "def handler(event, context):\n    return {'success': 'ok'}\n")
    create(functions, "fails", "\ndef handler(event, context):\n    raise Exception('fail on purpose')\n")
    minutes = {key: value for key, value in asked(timed_cloud).items() if key != "MetricDataQueries"}
    file = "cloudwatch/test_cloudwatch_metrics.json"
    for name, entry, counted in (
        ("works", "test_lambda_invoke_successful", {"get-metric-data": "Invocations"}),
        (
            "fails",
            "test_lambda_invoke_error",
            {"get-metric-data-invocations": "Invocations", "get-metric-data-errors": "Errors"},
        ),
    ):
        # Functions of these tests are not isolated: they run where their code is.
        theirs = json.loads(json.dumps(recorded(file, f"::{entry}")).replace("/var/task/", "<folder>/"))
        equal(invoked(functions, FunctionName=name), theirs["invoke"], entry)
        for step, metric in counted.items():
            queries = of("AWS/Lambda", {"FunctionName": name}, ("m1", metric, "Sum"))
            same(client.get_metric_data(MetricDataQueries=queries, **minutes), theirs[step])


def test_an_alarm_on_a_queue(timed_cloud: RunningCloud) -> None:
    """test_alarm_number_of_messages_sent"""
    theirs = recorded("cloudwatch/test_cloudwatch_metrics.json", "::test_alarm_number_of_messages_sent")
    sqs, client, listener = timed_cloud.client("sqs"), timed_cloud.client("cloudwatch"), Listener(timed_cloud)
    url = sqs.create_queue(QueueName="watched")["QueueUrl"]
    client.put_metric_alarm(
        AlarmName="a",
        AlarmDescription="test messages sent",
        MetricName="NumberOfMessagesSent",
        Namespace="AWS/SQS",
        ActionsEnabled=True,
        Period=60,
        Threshold=0,
        Dimensions=[{"Name": "QueueName", "Value": "watched"}],
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="SampleCount",
        TreatMissingData="missing",
        AlarmActions=[listener.topic],
    )
    sqs.send_message(QueueUrl=url, MessageBody="message")
    for _ in range(3):
        timed_cloud.advance(60)
        timed_cloud.drain()
    heard = listener.heard()
    alarms = [json.loads(one["Message"]) for one in heard]
    alarmed = next(one for one in alarms if one["NewStateValue"] == "ALARM")
    wanted = theirs["NumberOfMessagesSent-sqs-msg"]
    # Newer recordings have it: test_put_metric_alarm.
    assert alarmed.pop("ActionExecutedAfterMuteWindow") is False
    dated = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d")
    alarmed["NewStateReason"] = dated.sub("MM/DD/YY HH:MM:SS", alarmed["NewStateReason"])
    equal(alarmed, {**wanted, "AlarmConfigurationUpdatedTimestamp": "<date>", "StateChangeTime": "<date>"})
