"""One function that fails, behind every way in which a function can be invoked, and what becomes of it in each.

``observe`` builds the whole world of one failure, sets every way going once, lets time pass, and looks: so a row of the
matrix costs one cloud. Each way has a function of its own, so that its log tells of that way alone.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import urllib3
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.answers import answered
from tests.wire.streams import arn_of, streamed

WAYS = ("request", "event", "dry", "api", "topic", "bucket", "bus", "url", "queue", "stream")
LATER = ("event", "topic", "bucket", "bus")
"""What is invoked asynchronously."""
STEPS_S = (30, 31, 60, 60, 120)
"""How time passes: over every retry of every way."""
STREAM_RETRIES = 1
RECEIVES_MAX = 2


@dataclass(frozen=True)
class Failing:
    """A way to fail: code, settings of the function, and what is done to it before it is invoked."""

    source: str = "def handler(event, context):\n    return 1\n"
    settings: dict[str, Any] = field(default_factory=dict)
    reserved: int | None = None
    is_gone: bool = False


@dataclass
class Seen:
    """What became of one invocation."""

    caller: str = ""
    """What the caller got."""
    runs: int = 0
    """How often the function ran."""
    ends: list[str] = field(default_factory=list)
    """What queues hold of it at the end."""
    log: str = ""


class World:
    """A cloud with the functions of one failure."""

    def __init__(self, cloud: RunningCloud, failing: Failing) -> None:
        self._cloud = cloud
        self._failing = failing
        self._http = urllib3.PoolManager(retries=False)
        self._sqs = cloud.client("sqs")
        self._lambda = cloud.client("lambda", parameter_validation=False)
        self._seen = {way: Seen() for way in WAYS}
        for way in WAYS:
            self._function(way)
        for way in WAYS:
            getattr(self, f"_make_{way}", lambda: None)()
        for way in WAYS:
            if failing.reserved is not None:
                self._lambda.put_function_concurrency(FunctionName=way, ReservedConcurrentExecutions=failing.reserved)
            if failing.is_gone:
                self._lambda.delete_function(FunctionName=way)

    def observe(self) -> dict[str, Seen]:
        """Set every way going once, and see what becomes of it."""
        for way in WAYS:
            self._seen[way].caller = getattr(self, f"_ask_{way}")()
        self._cloud.drain()
        for seconds in STEPS_S:
            self._cloud.advance(seconds)
            self._cloud.drain()
        for way in WAYS:
            self._look(way)
        return self._seen

    # Functions and queues -----------------------------------------------------------------------------------------

    def _function(self, way: str) -> None:
        request: dict[str, Any] = {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Code": {"ZipFile": zipped(self._failing.source)},
            "Timeout": 20,
        }
        if way in LATER:
            request["DeadLetterConfig"] = {"TargetArn": self._queue(f"letters-{way}")}
        self._lambda.create_function(**{"FunctionName": way, **request, **self._failing.settings})
        if way in LATER:
            config = {"OnFailure": {"Destination": self._queue(f"records-{way}")}}
            self._lambda.put_function_event_invoke_config(FunctionName=way, DestinationConfig=config)

    def _queue(self, name: str, **attributes: str) -> str:
        self._sqs.create_queue(QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def _arn(self, way: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{way}"

    # Ways ---------------------------------------------------------------------------------------------------------

    def _invoke(self, way: str, kind: str) -> str:
        answer = answered(self._lambda.invoke, FunctionName=way, InvocationType=kind, Payload=b"{}")
        if "Error" in answer:
            return f"{answer['ResponseMetadata']['HTTPStatusCode']} {answer['Error']['Code']}"
        payload = answer["Payload"].read()
        error_type = json.loads(payload)["errorType"] if answer.get("FunctionError") else ""
        return " ".join(filter(None, [str(answer["StatusCode"]), answer.get("FunctionError", ""), error_type]))

    def _ask_request(self) -> str:
        return self._invoke("request", "RequestResponse")

    def _ask_event(self) -> str:
        return self._invoke("event", "Event")

    def _ask_dry(self) -> str:
        return self._invoke("dry", "DryRun")

    def _make_api(self) -> None:
        apis = self._cloud.client("apigateway")
        self._api = apis.create_rest_api(name="api")["id"]
        (root,) = apis.get_resources(restApiId=self._api)["items"]
        named = {"restApiId": self._api, "resourceId": root["id"], "httpMethod": "GET"}
        apis.put_method(**named, authorizationType="NONE")
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self._arn('api')}/invocations"
        apis.put_integration(**named, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        apis.create_deployment(restApiId=self._api, stageName="dev")

    def _ask_api(self) -> str:
        answer = self._http.request("GET", f"{self._cloud.endpoint}/_aws/execute-api/{self._api}/dev/")
        return f"{answer.status} {answer.data.decode()}"

    def _make_topic(self) -> None:
        topics = self._cloud.client("sns")
        self._topic = topics.create_topic(Name="topic")["TopicArn"]
        redrive = json.dumps({"deadLetterTargetArn": self._queue("undelivered-topic")})
        topics.subscribe(
            TopicArn=self._topic,
            Protocol="lambda",
            Endpoint=self._arn("topic"),
            Attributes={"RedrivePolicy": redrive},
        )

    def _ask_topic(self) -> str:
        answer = self._cloud.client("sns").publish(TopicArn=self._topic, Message="m")
        return str(answer["ResponseMetadata"]["HTTPStatusCode"])

    def _make_bucket(self) -> None:
        objects = self._cloud.client("s3")
        objects.create_bucket(Bucket="bucket")
        configuration = {"LambdaFunctionArn": self._arn("bucket"), "Events": ["s3:ObjectCreated:*"]}
        objects.put_bucket_notification_configuration(
            Bucket="bucket", NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
        )

    def _ask_bucket(self) -> str:
        answer = self._cloud.client("s3").put_object(Bucket="bucket", Key="k", Body=b"")
        return str(answer["ResponseMetadata"]["HTTPStatusCode"])

    def _make_bus(self) -> None:
        events = self._cloud.client("events")
        events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["test"]}))
        dead = {"Arn": self._queue("undelivered-bus")}
        retry = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
        target = {"Id": "1", "Arn": self._arn("bus"), "DeadLetterConfig": dead, "RetryPolicy": retry}
        events.put_targets(Rule="rule", Targets=[target])

    def _ask_bus(self) -> str:
        entry = {"Source": "test", "DetailType": "t", "Detail": "{}"}
        answer = self._cloud.client("events").put_events(Entries=[entry])
        return f"{answer['ResponseMetadata']['HTTPStatusCode']}, {answer['FailedEntryCount']} failed"

    def _make_url(self) -> None:
        permission = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
        self._lambda.add_permission(FunctionName="url", StatementId="s", **permission)
        made = self._lambda.create_function_url_config(FunctionName="url", AuthType="NONE")
        self._url = made["FunctionUrl"].removeprefix("https://").rstrip("/")

    def _ask_url(self) -> str:
        answer = self._http.request("GET", f"{self._cloud.endpoint}/", headers={"Host": self._url})
        return f"{answer.status} {answer.data.decode()}"

    def _make_queue(self) -> None:
        redrive = {"deadLetterTargetArn": self._queue("undelivered-queue"), "maxReceiveCount": RECEIVES_MAX}
        arn = self._queue("queue", VisibilityTimeout="30", RedrivePolicy=json.dumps(redrive))
        self._lambda.create_event_source_mapping(FunctionName="queue", EventSourceArn=arn)

    def _ask_queue(self) -> str:
        url = self._sqs.get_queue_url(QueueName="queue")["QueueUrl"]
        return str(self._sqs.send_message(QueueUrl=url, MessageBody="m")["ResponseMetadata"]["HTTPStatusCode"])

    def _make_stream(self) -> None:
        tables = self._cloud.client("dynamodb")
        tables.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **streamed("KEYS_ONLY"),
        )
        self._lambda.create_event_source_mapping(
            FunctionName="stream",
            EventSourceArn=arn_of(tables, "table"),
            StartingPosition="TRIM_HORIZON",
            MaximumRetryAttempts=STREAM_RETRIES,
            MaximumRecordAgeInSeconds=120,
            DestinationConfig={"OnFailure": {"Destination": self._queue("records-stream")}},
        )

    def _ask_stream(self) -> str:
        answer = self._cloud.client("dynamodb").put_item(TableName="table", Item={"id": {"S": "1"}})
        return str(answer["ResponseMetadata"]["HTTPStatusCode"])

    # What is left ---------------------------------------------------------------------------------------------------

    def _look(self, way: str) -> None:
        seen, logs = self._seen[way], self._cloud.client("logs")
        group = f"/aws/lambda/{way}"
        if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
            seen.runs = sum(line.startswith("START ") for line in lines)
            seen.log = "".join(lines)
        names = self._sqs.list_queues(QueueNamePrefix="").get("QueueUrls", [])
        for url in sorted(names):
            kind, _, owner = url.rpartition("/")[2].partition("-")
            if owner == way:
                seen.ends += self._held(kind, url)

    def _held(self, kind: str, url: str) -> list[str]:
        request = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        held = []
        for message in self._sqs.receive_message(QueueUrl=url, **request).get("Messages", []):
            if kind == "records":
                context = json.loads(message["Body"])["requestContext"]
                held.append(f"record: {context['condition']} {context['approximateInvokeCount']}")
            elif kind == "letters":
                held.append(f"letter: {message['MessageAttributes']['ErrorCode']['StringValue']}")
            else:
                held.append("undelivered")
        return held
