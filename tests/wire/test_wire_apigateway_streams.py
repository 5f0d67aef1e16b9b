"""Answers of functions that REST APIs pass on as they come.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

import http.client
import json
import shutil
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.archives import zipped
from tests.conftest import RunningCloud
from tests.wire.rest_apis import FUNCTION, MOCK, PROXY, Function, Site, site, site_of_module

from stratolite.services.lambda_ import api

__all__ = ["site", "site_of_module"]

URI = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{}/response-streaming-invocations"
STREAM = {**PROXY, "uri": URI.format(FUNCTION), "responseTransferMode": "STREAM"}
ZEROS = bytes(8)
SOURCE = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'content-type': 'text/x' } });
  stream.write(event.path);
  await new Promise((done) => setTimeout(done, 10));
  stream.write(' and more');
  stream.end();
});
"""


def streaming(site: Site, *pieces: bytes, **integration: Any) -> str:
    site.function.pieces = [*pieces] or None
    return site.make({"ANY /{proxy+}": {"integration": {**STREAM, **integration}}})


def test_the_body_comes_behind_the_head(site: Site) -> None:
    head = {
        "statusCode": 202,
        "headers": {"X-One": "1", "content-type": "text/event-stream"},
        "multiValueHeaders": {"X-Many": ["a", "b"]},
        "cookies": ["a=1; Path=/", "b=2"],
    }
    text = json.dumps(head).encode()
    streaming(site, text[:10], text[10:] + ZEROS[:3], ZEROS[3:] + b"one ", b"two \xff")
    answer = site.ask("POST", "/dev/x", body=b"sent")
    assert (answer.status, answer.body) == (202, b"one two \xff")
    assert answer.headers["transfer-encoding"] == "chunked" and "content-length" not in answer.headers
    assert (answer.headers["x-one"], answer.headers["content-type"]) == ("1", "text/event-stream")
    fields = [(name.lower(), value) for name, value in answer.fields]
    assert [value for name, value in fields if name == "x-many"] == ["a", "b"]
    assert [value for name, value in fields if name == "set-cookie"] == ["a=1; Path=/", "b=2"]
    event = site.function.events[-1]
    assert (event["path"], event["body"], event["requestContext"]["stage"]) == ("/x", "sent", "dev")


def test_a_head_may_be_empty_and_a_body_unwanted(site: Site) -> None:
    streaming(site, b"{}" + ZEROS + b"text")
    answer = site.ask("GET", "/dev/x")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b"text")
    assert site.ask("HEAD", "/dev/x").body == b""
    streaming(site, b'{"statusCode": 204}' + ZEROS + b"text")
    assert (site.ask("GET", "/dev/x").status, site.ask("GET", "/dev/x").body) == (204, b"")


@pytest.mark.parametrize("pieces", [(b"no head",), (b"no json" + ZEROS,), (b'{"statusCode": 7}' + ZEROS,), ()])
def test_what_is_no_answer_is_502(site: Site, pieces: tuple[bytes, ...]) -> None:
    streaming(site, *pieces)
    answer = site.ask("GET", "/dev/x")
    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})


def test_functions_that_are_too_slow_or_not_there(site: Site) -> None:
    streaming(site, b"{}" + ZEROS, timeoutInMillis=50)
    site.function.delay_s = 60
    assert site.ask("GET", "/dev/x").status == 504
    site.function.delay_s, site.function.raises = 0, api.ResourceNotFoundException("Function not found")
    assert site.ask("GET", "/dev/x").status == 500


def test_half_an_answer_does_not_look_like_a_whole_one(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    streaming(site, b"{}" + ZEROS + b"half")
    site.function.error = "RangeError"
    with pytest.raises(http.client.IncompleteRead) as half:
        site.ask("GET", "/dev/x")
    assert half.value.partial == b"half"
    said = f"the answer to GET /dev/x broke off: {FUNCTION} failed in the middle of it (RangeError)"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [said]


def test_a_trial_is_whole_or_refused(site: Site) -> None:
    api_id = streaming(site, b'{"statusCode": 201}' + ZEROS + b"one ", b"two")
    [method] = [one for one in site.client.get_resources(restApiId=api_id)["items"] if "resourceMethods" in one]
    where = {"restApiId": api_id, "resourceId": method["id"], "httpMethod": "ANY"}
    found = site.client.test_invoke_method(**where)
    assert (found["status"], found["body"]) == (201, "one two")
    site.function.error = "Unhandled"
    found = site.client.test_invoke_method(**where)
    assert (found["status"], json.loads(found["body"])) == (502, {"message": "Internal server error"})


@pytest.mark.parametrize(
    ("integration", "what"),
    [
        ({**STREAM, "uri": PROXY["uri"]}, "has to end in /response-streaming-invocations"),
        ({**STREAM, "responseTransferMode": "BUFFERED"}, "has to end in /invocations"),
        ({**MOCK, "responseTransferMode": "STREAM"}, "AWS_PROXY and HTTP_PROXY only"),
        ({**STREAM, "timeoutInMillis": 900_001}, "between 50 ms and 900000 ms"),
        ({"type": "HTTP_PROXY", "uri": "https://a.com", "integrationHttpMethod": "GET"}, "not implemented"),
    ],
)
def test_what_cannot_stream_is_refused(site: Site, integration: dict[str, Any], what: str) -> None:
    wanted = {"responseTransferMode": "STREAM", **integration}
    with pytest.raises(ClientError, match=what):
        site.make({"GET /": {"integration": wanted}})


def test_the_mode_is_shown_and_changed(site: Site) -> None:
    api_id = streaming(site, b"{}" + ZEROS + b"text", timeoutInMillis=120_000)
    [method] = [one for one in site.client.get_resources(restApiId=api_id)["items"] if "resourceMethods" in one]
    where = {"restApiId": api_id, "resourceId": method["id"], "httpMethod": "ANY"}
    shown = site.client.get_integration(**where)
    assert (shown["responseTransferMode"], shown["timeoutInMillis"]) == ("STREAM", 120_000)
    changes = {"/responseTransferMode": "BUFFERED", "/uri": PROXY["uri"], "/timeoutInMillis": "100"}
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    with pytest.raises(ClientError, match="has to end in /invocations"):
        site.client.update_integration(**where, patchOperations=operations[:1])
    changed = site.client.update_integration(**where, patchOperations=operations)
    assert (changed["responseTransferMode"], changed["timeoutInMillis"]) == ("BUFFERED", 100)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_function_of_node(cloud: RunningCloud) -> None:
    role = "arn:aws:iam::000000000000:role/x"
    made = cloud.client("lambda").create_function(
        FunctionName="streams",
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": zipped(SOURCE, "index.mjs")},
    )
    site = Site(cloud, Function())
    site.make({"GET /{proxy+}": {"integration": {**STREAM, "uri": URI.format(made["FunctionArn"])}}})
    answer = site.ask("GET", "/dev/x")
    assert (answer.status, answer.headers["content-type"], answer.body) == (201, "text/x", b"/x and more")
    assert answer.headers["transfer-encoding"] == "chunked"
