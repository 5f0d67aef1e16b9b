"""REST APIs with a service behind their methods: SQS, SNS, DynamoDB, EventBridge, Kinesis and S3."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, recorded
from tests.wire.answers import answered, equal
from tests.wire.rest_apis import Site, site, site_of_module

__all__ = ["site", "site_of_module"]

FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
RESPONSES = [{"statusCode": "200"}, {"statusCode": "400"}]


def asking(target: str, template: str, responses: Any = None, **integration: Any) -> dict[str, Any]:
    """A method with a service behind it: ``sqs:path/...`` or ``dynamodb:action/PutItem``."""
    settings = {
        "type": "AWS",
        "uri": f"arn:aws:apigateway:{REGION}:{target}",
        "integrationHttpMethod": "POST",
        "credentials": f"arn:aws:iam::{ACCOUNT}:role/r",
        "requestTemplates": {"application/json": template},
        **integration,
    }
    default = [{"statusCode": "200"}, {"statusCode": "400", "selectionPattern": "400"}]
    return {"integration": settings, "method_responses": RESPONSES, "responses": responses or default}


@pytest.fixture
def queue(site: Site) -> str:
    """The queue ``jobs``, empty."""
    sqs = site.cloud.client("sqs")
    url: str = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return url


def post(site: Site, path: str, body: Any) -> Any:
    return site.ask("POST", path, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


def test_messages_are_sent(site: Site, queue: str) -> None:
    """test_sqs_aws_integration: a template of the response alone is what the client sees."""
    aws = recorded("apigateway/test_apigateway_sqs.json", "::test_sqs_aws_integration")
    said = {"statusCode": "200", "responseTemplates": {"application/json": '{"message": "great success!"}'}}
    settings = asking(
        f"sqs:path/{ACCOUNT}/jobs",
        "Action=SendMessage&MessageBody=$input.body",
        [said, {"statusCode": "400", "selectionPattern": "4[0-9]{2}"}],
        requestParameters=FORM,
        passthroughBehavior="NEVER",
    )
    site.make({"POST /sqs": settings}, stage="testing")
    assert post(site, "/testing/sqs", {"foo": "bar"}).json == aws["sqs-aws-integration-with-payload"]
    assert site.ask("POST", "/testing/sqs").json == aws["sqs-aws-integration-without-payload"]
    got = site.cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    theirs = aws["sqs-messages"]
    assert sorted(one["Body"] for one in got) == ['{"foo": "bar"}', "{}"]
    assert {one["MD5OfBody"] for one in got} == {one["MD5OfBody"] for one in theirs}


def test_answers_of_the_query_protocol_are_json(site: Site, queue: str) -> None:
    """test_sqs_request_and_response_xml_templates_integration: API Gateway accepts JSON alone, and gets it."""
    aws = recorded("apigateway/test_apigateway_sqs.json", "::test_sqs_request_and_response_xml_templates_integration")
    template = """#set($all = $input.path('$.SendMessageResponse')){
        "requestId": "$all.ResponseMetadata.RequestId", "messageId": "$all.SendMessageResult.MessageId"}"""
    settings = asking(
        f"sqs:path/{ACCOUNT}/jobs",
        "Action=SendMessage&MessageBody=$util.base64Encode($input.json('$'))",
        [{"statusCode": "200", "responseTemplates": {"application/json": template}}],
        requestParameters=FORM,
    )
    site.make({"POST /sqs": settings}, stage="xml")
    equal(post(site, "/xml/sqs", {"foo": "bar"}).json, aws["sqs-json-response"])


@pytest.mark.parametrize("name", ["MessageAttribute", "MessageAttributes"])
def test_attributes_go_along(site: Site, queue: str, name: str) -> None:
    """test_sqs_aws_integration_with_message_attribute"""
    file = "apigateway/test_apigateway_sqs.json"
    aws = recorded(file, f"::test_sqs_aws_integration_with_message_attribute[{name}]")
    attribute = f"&{name}.1.Name=user-agent&{name}.1.Value.DataType=String&{name}.1.Value.StringValue="
    template = f"Action=SendMessage&MessageBody=$input.body{attribute}$input.params('User-Agent')"
    site.make({"POST /sqs": asking(f"sqs:path/{ACCOUNT}/jobs", template, requestParameters=FORM)}, stage="named")
    headers = {"Content-Type": "application/json", "User-Agent": "BAR-Header"}
    assert site.ask("POST", "/named/sqs", headers=headers, body=b'{"foo": "bar"}').status == 200
    client = site.cloud.client("sqs")
    message = client.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"][0]
    assert json.loads(message["Body"]) == aws["sqs-message-body"]
    assert message["MessageAttributes"] == aws["sqs-message-attributes"]


def test_the_json_protocol_is_spoken_too(site: Site, queue: str) -> None:
    """test_sqs_amz_json_protocol: mapped headers choose the protocol."""
    aws = recorded("apigateway/test_apigateway_sqs.json", "::test_sqs_amz_json_protocol")["sqs-messages"][0]["Body"]
    mapped = {
        "integration.request.header.Content-Type": "'application/x-amz-json-1.0'",
        "integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'",
    }
    keys = '#foreach($key in $context.keySet())\\"$key\\"#if($foreach.hasNext),#end#end'
    template = f'{{"QueueUrl": "{queue}", "MessageBody": "[{keys}]"}}'
    settings = asking(f"sqs:path/{ACCOUNT}/jobs", template, requestParameters=mapped)
    site.make({"POST /sqs": settings}, stage="json")
    assert post(site, "/json/sqs", {}).status == 200
    message = site.cloud.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert set(json.loads(message["Body"])) == set(aws["context"])


def test_refusals_pick_their_response(site: Site) -> None:
    template = {"application/json": '{"code": "$input.path(\'$.Error.Code\')"}'}
    settings = asking(
        f"sqs:path/{ACCOUNT}/nowhere",
        "Action=SendMessage&MessageBody=x",
        [{"statusCode": "200"}, {"statusCode": "400", "selectionPattern": r"4\d\d", "responseTemplates": template}],
        requestParameters=FORM,
    )
    site.make({"POST /sqs": settings}, stage="refused")
    answer = post(site, "/refused/sqs", {})
    assert (answer.status, answer.json) == (400, {"code": "AWS.SimpleQueueService.NonExistentQueue"})


@pytest.mark.parametrize("action", ["PutItem", "Query", "Scan"])
def test_tables_are_asked(site: Site, action: str) -> None:
    """test_rest_api_to_dynamodb_integration"""
    file = "apigateway/test_apigateway_dynamodb.json"
    aws = recorded(file, f"::test_rest_api_to_dynamodb_integration[{action}]")
    client, table = site.cloud.client("dynamodb"), f"table-{action}"
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for name in ("test", "test2", "test 3"):
        client.put_item(TableName=table, Item={"id": {"S": name}})
    templates = {
        "PutItem": f'{{"TableName": "{table}", "Item": {{"id": {{"S": "$input.params(\'id\')"}}}}}}',
        "Query": f'{{"TableName": "{table}", "KeyConditionExpression": "id = :id",'
        ' "ExpressionAttributeValues": {":id": {"S": "$input.params(\'id\')"}}}',
        "Scan": f'{{"TableName": "{table}"}}',
    }
    site.make({"POST /{id}": asking(f"dynamodb:action/{action}", templates[action])}, stage="test")
    if action == "PutItem":
        answer = site.ask("POST", "/test/test-new")
        assert (answer.status, answer.json) == (200, aws["result-put-item"]["content"])
        scanned = client.scan(TableName=table)
        assert scanned["Count"] == aws["result-scan"]["Count"]
        assert {one["id"]["S"] for one in scanned["Items"]} == {one["id"]["S"] for one in aws["result-scan"]["Items"]}
    elif action == "Scan":
        found, theirs = site.ask("POST", "/test/test").json, aws["result-scan"]["content"]
        for key in ("Count", "ScannedCount"):
            assert found[key] == theirs[key]
    else:
        for name in ("test", "test2", "test 3", "invalid"):
            found = site.ask("POST", f"/test/{name.replace(' ', '%20')}").json
            assert found == aws[f"result-{name}"]["content"], name


def test_events_are_put(site: Site) -> None:
    """test_apigateway_to_eventbridge"""
    aws = recorded("apigateway/test_apigateway_eventbridge.json", "::test_apigateway_to_eventbridge")
    template = """#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")
        #set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1"){"Entries": [{
        "Source": "apigw", "DetailType": "test", "Detail": "$util.escapeJavaScript($input.body)"}]}"""
    site.make({"POST /event": asking("events:action/PutEvents", template)}, stage="events")
    answer = post(site, "/events/event", {"a": 1})
    equal(answer.json, aws["eventbridge-put-events-response"])


RECORD = """{"Data": "$util.base64Encode($input.json('$'))", "PartitionKey": "test", "StreamName": "%s"}"""
RECORDS = """{"StreamName": "%s", "Records": [#foreach($one in $input.path('$.records'))
    {"Data": "$util.base64Encode($one.data)", "PartitionKey": "$one.key"}#if($foreach.hasNext),#end #end]}"""


@pytest.mark.parametrize(("action", "template"), [("PutRecord", RECORD), ("PutRecords", RECORDS)])
def test_records_are_put(site: Site, action: str, template: str) -> None:
    """test_apigateway_to_kinesis"""
    aws = recorded("apigateway/test_apigateway_kinesis.json", f"::test_apigateway_to_kinesis[{action}]")
    kinesis, name = site.cloud.client("kinesis"), f"stream-{action}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    site.make({"POST /": asking(f"kinesis:action/{action}", template % name)}, stage=action.lower())
    wanted = [(one["PartitionKey"], one["Data"][2:-1]) for one in aws["kinesis_records"]["Records"]]
    body: Any = {"records": [{"key": key, "data": data} for key, data in wanted]}
    answer = post(site, f"/{action.lower()}", {"kinesis": "snapshot"} if action == "PutRecord" else body)
    equal(answer.json, aws["apigateway_response"])
    at = kinesis.get_shard_iterator(StreamName=name, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=at)["Records"]
    found = [(one["PartitionKey"], json.loads(one["Data"])) for one in records]
    assert found == [(key, json.loads(data)) for key, data in wanted]


def test_topics_are_published_to(site: Site, queue: str) -> None:
    sns = site.cloud.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs",
        Attributes={"RawMessageDelivery": "true"},
    )
    template = f"TopicArn=$util.urlEncode('{topic}')&Message=$util.urlEncode($input.body)"
    site.make({"POST /": asking("sns:action/Publish", template)}, stage="topic")
    answer = post(site, "/topic", {"news": "good"})
    assert answer.status == 200
    assert answer.json["PublishResponse"]["PublishResult"]["MessageId"]
    messages = site.cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    assert messages[0]["Body"] == '{"news": "good"}'


def test_objects_are_kept_and_had(site: Site) -> None:
    """As in https://docs.aws.amazon.com/apigateway/latest/developerguide/integrating-api-with-aws-services-s3.html"""
    s3 = site.cloud.client("s3")
    s3.create_bucket(Bucket="photos")
    place = {
        "integration.request.path.bucket": "'photos'",
        "integration.request.path.object": "method.request.path.key",
    }
    sent = {"integration.request.header.Content-Type": "method.request.header.Content-Type"}
    missing = [{"statusCode": "200"}, {"statusCode": "404", "selectionPattern": "404"}]
    kind = {"method.response.header.Content-Type": "integration.response.header.Content-Type"}
    parameters = {"method.request.path.key": True, "method.request.header.Content-Type": False}
    methods: dict[str, Any] = {}
    for verb, given in (("PUT", place | sent), ("GET", place), ("DELETE", place)):
        said = [{"statusCode": "200", "responseParameters": kind if verb == "GET" else {}}, missing[1]]
        made = asking("s3:path/{bucket}/{object}", "", said, integrationHttpMethod=verb, requestParameters=given)
        made["integration"]["requestTemplates"] = {}
        made["method_responses"] = [
            {"statusCode": "200", "responseParameters": dict.fromkeys(kind, False)},
            {"statusCode": "404"},
        ]
        methods[f"{verb} /{{key}}"] = made | {"method": {"requestParameters": parameters}}
    site.make(methods, stage="objects", binaryMediaTypes=["image/png"])
    image = bytes(range(256))
    put = site.ask("PUT", "/objects/a%20b.png", headers={"Content-Type": "image/png"}, body=image)
    assert put.status == 200, put.body
    kept = s3.get_object(Bucket="photos", Key="a b.png")
    assert (kept["Body"].read(), kept["ContentType"]) == (image, "image/png")
    had = site.ask("GET", "/objects/a%20b.png", headers={"Accept": "image/png"})
    assert (had.status, had.body, had.headers["content-type"]) == (200, image, "image/png")
    s3.put_object(Bucket="photos", Key="raw", Body=b"a\xff", ContentType="text/plain")
    assert site.ask("GET", "/objects/raw").body == b"a\xef\xbf\xbd"
    assert site.ask("DELETE", "/objects/raw").status == 200
    gone = site.ask("GET", "/objects/raw")
    assert gone.status == 404 and b"NoSuchKey" in gone.body


def test_other_services_are_refused_by_name(site: Site) -> None:
    """test_error_aws_proxy_not_supported, and what cannot be asked here."""
    aws = recorded("apigateway/test_apigateway_dynamodb.json", "::test_error_aws_proxy_not_supported")
    made = site.client.create_rest_api(name="an-api")
    where = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "POST"}
    site.client.put_method(**where, authorizationType="NONE")
    put = {**where, "integrationHttpMethod": "POST", "uri": f"arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/jobs"}
    equal(answered(site.client.put_integration, **put, type="AWS_PROXY"), aws["create-integration-error"])
    for target in ("firehose:action/PutRecord", "s3:action/GetObject"):
        put["uri"] = f"arn:aws:apigateway:{REGION}:{target}"
        said = answered(site.client.put_integration, **put, type="AWS")["Error"]["Message"]
        assert f"an AWS integration with {target.partition(':')[0]}" in said
