"""Bytes, text and base 64 on their way through REST APIs to S3 and back, beside the recorded answers of AWS."""

import ast
import base64
import gzip
import http.client
import itertools
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.conftest import REGION, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.rest_recordings import ROLE

RECORDED = "apigateway/test_apigateway_s3.json"
RAW = gzip.compress(b"compressed data, should be invalid UTF-8 string", mtime=1676569620)
BODIES = {"binary-raw": RAW, "binary-encoded": base64.b64encode(RAW), "text": b"this is a UTF8 text typed object"}
PARAMETERS = {
    "integration.request.path.object_path": "method.request.path.object_path",
    "integration.request.header.Content-Type": "method.request.header.Content-Type",
    "integration.request.querystring.response-content-type": "method.request.header.response-content-type",
}
_BUCKETS = itertools.count()


class Objects:
    """A bucket behind an API, whose paths are its keys."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud, self.client, self.s3 = cloud, cloud.client("apigateway"), cloud.client("s3")
        self.bucket = f"payloads-{next(_BUCKETS)}"
        self.s3.create_bucket(Bucket=self.bucket)
        rest = self.client.create_rest_api(name="an-api")
        self.api, root = rest["id"], rest["rootResourceId"]
        made = self.client.create_resource(restApiId=self.api, parentId=root, pathPart="{object_path+}")
        self.where = {"restApiId": self.api, "resourceId": made["id"], "httpMethod": "ANY"}

    def connect(self, request: str = "", response: str = "", **templates: Any) -> Any:
        """The integration, with how it handles content; what PutIntegration answers."""
        asked = dict.fromkeys(PARAMETERS.values(), False)
        self.client.put_method(**self.where, authorizationType="NONE", requestParameters=asked)
        etag = {"method.response.header.ETag": False}
        self.client.put_method_response(**self.where, statusCode="200", responseParameters=etag)
        uri = f"arn:aws:apigateway:{REGION}:s3:path/{self.bucket}/{{object_path}}"
        made = self.client.put_integration(
            **self.where,
            type="AWS",
            integrationHttpMethod="ANY",
            uri=uri,
            credentials=ROLE,
            requestParameters=PARAMETERS,
            **({"contentHandling": request} if request else {}),
            **({"requestTemplates": templates["sent"]} if "sent" in templates else {}),
        )
        self.client.put_integration_response(
            **self.where,
            statusCode="200",
            responseParameters={"method.response.header.ETag": "integration.response.header.ETag"},
            **({"contentHandling": response} if response else {}),
            **({"responseTemplates": templates["had"]} if "had" in templates else {}),
        )
        self.client.create_deployment(restApiId=self.api, stageName="test")
        return made

    def call_png_binary(self) -> None:
        """Have the API name images as binary from now on."""
        patch = [{"op": "add", "path": "/binaryMediaTypes/image~1png"}]
        self.client.update_rest_api(restApiId=self.api, patchOperations=patch)
        self.client.create_deployment(restApiId=self.api, stageName="test")

    def ask(self, verb: str, key: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.cloud.app_endpoint.removeprefix("http://"), timeout=10)
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(verb, f"/_aws/execute-api/{self.api}/test/{key}", body=body, headers=fields)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def kept(self, key: str) -> tuple[bytes, str]:
        found = self.s3.get_object(Bucket=self.bucket, Key=key)
        return found["Body"].read(), found["ContentType"]


@pytest.fixture
def objects(cloud: RunningCloud) -> Objects:
    return Objects(cloud)


def content(shown: Any) -> bytes:
    """Bytes as a recording shows them: as Python writes them, or as text."""
    text = str(shown)
    if text.startswith(("b'", 'b"')):
        found: bytes = ast.literal_eval(text)
        return found
    return text.encode()


@pytest.mark.parametrize("handling", ["", "CONVERT_TO_TEXT"])
def test_requests_without_decoding(objects: Objects, handling: str) -> None:
    """test_apigw_s3_binary_support_request"""
    aws = recorded(RECORDED, f"test_apigw_s3_binary_support_request[{handling or None}]")
    made = objects.connect(handling)
    assert made.get("contentHandling") == aws["put-integration"].get("contentHandling")
    for step, content_type in (
        ("no-binary-media", "image/png"),
        ("binary-type", "image/png"),
        ("text-type", "text/plain"),
    ):
        if step == "binary-type":
            objects.call_png_binary()
        for key, body in BODIES.items():
            assert objects.ask("PUT", key, body, content_type=content_type) == (200, b"")
            wanted = aws[f"get-obj-{step}-{key}"]
            assert objects.kept(key) == (content(wanted["Body"]), wanted["ContentType"]), (step, key)


def test_requests_that_are_decoded(objects: Objects) -> None:
    """test_apigw_s3_binary_support_request_convert_to_binary"""
    aws = recorded(RECORDED, "::test_apigw_s3_binary_support_request_convert_to_binary")
    objects.connect("CONVERT_TO_BINARY")

    def put(step: str, content_type: str) -> None:
        for key, body in BODIES.items():
            wanted = aws.get(f"get-obj-{step}-{key}")
            status, _ = objects.ask("PUT", key, body, content_type=content_type)
            assert status == (200 if wanted else 500), (step, key)
            if wanted:
                assert objects.kept(key)[0] == content(wanted["Body"]), (step, key)

    put("no-binary-media", "image/png")
    objects.call_png_binary()
    put("binary-media", "image/png")
    put("text-type", "text/plain")


def test_decoded_requests_have_no_template(objects: Objects) -> None:
    """test_apigw_s3_binary_support_request_convert_to_binary_with_request_template"""
    entry = "::test_apigw_s3_binary_support_request_convert_to_binary_with_request_template"
    aws, body = recorded(RECORDED, entry), BODIES["binary-encoded"]
    template = aws["get-integration"]["requestTemplates"]["application/json"]
    objects.connect("CONVERT_TO_BINARY", sent={"application/json": json.dumps(template)})
    assert objects.ask("PUT", "binary-encoded", body, content_type="image/png")[0] == 200
    assert objects.kept("binary-encoded")[0] == content(aws["get-obj-encoded"]["Body"])
    assert objects.ask("PUT", "binary-encoded", body, content_type="application/json")[0] == 500


@pytest.mark.parametrize(
    ("entry", "handling"),
    [
        ("no_content_handling", ""),
        ("convert_to_text", "CONVERT_TO_TEXT"),
        ("convert_to_binary", "CONVERT_TO_BINARY"),
    ],
)
def test_responses(objects: Objects, entry: str, handling: str) -> None:
    """test_apigw_s3_binary_support_response_no_content_handling, test_apigw_s3_binary_support_response_convert_to_text,
    test_apigw_s3_binary_support_response_convert_to_binary"""
    aws = recorded(RECORDED, f"::test_apigw_s3_binary_support_response_{entry}")
    objects.connect(response=handling)
    for key, body in BODIES.items():
        objects.s3.put_object(Bucket=objects.bucket, Key=key, Body=body)

    def had(step: str, key: str, accept: str, content_type: str) -> None:
        wanted = aws.get(f"{key.removeprefix('binary-')}-{step}")
        status, body = objects.ask("GET", key, accept=accept, response_content_type=content_type)
        assert status == (200 if wanted else 500), (step, key)
        if wanted:
            assert body == content(wanted["content"]), (step, key)

    for key in BODIES:
        had("no-media", key, "text/plain" if key == "text" else "image/png", "binary/octet-stream")
    objects.call_png_binary()
    types = {"text": "text/plain", "binary": "image/png"}
    for accepted, had_type in itertools.product(types, types):
        for key in BODIES:
            content_type = "image/png" if had_type == "binary" else "binary/octet-stream"
            had(f"payload-{had_type}-accept-{accepted}", key, types[accepted], content_type)


def test_templates_of_responses(objects: Objects) -> None:
    """test_apigw_s3_binary_support_response_convert_to_binary_with_request_template"""
    entry = "::test_apigw_s3_binary_support_response_convert_to_binary_with_request_template"
    aws = recorded(RECORDED, entry)
    template = json.dumps(aws["get-integration-response"]["responseTemplates"]["application/json"])
    objects.connect(response="CONVERT_TO_TEXT", had={"application/json": template})
    objects.s3.put_object(Bucket=objects.bucket, Key="binary-encoded", Body=BODIES["binary-encoded"])
    status, body = objects.ask("GET", "binary-encoded", accept="image/png")
    assert (status, body) == (200, content(aws["encoded-text-payload-binary-accept"]["content"]))
    patch = [{"op": "replace", "path": "/contentHandling", "value": "CONVERT_TO_BINARY"}]
    updated = objects.client.update_integration_response(**objects.where, statusCode="200", patchOperations=patch)
    equal(updated, aws["get-integration-response-update"])


def test_objects(objects: Objects) -> None:
    """test_apigateway_s3_any; test_apigateway_s3_method_mapping does the same with three methods"""
    aws = recorded(RECORDED, "::test_apigateway_s3_any")
    objects.connect()

    def missing(step: str) -> None:
        status, body = objects.ask("GET", "test.json")
        error = {each.tag: each.text for each in ElementTree.fromstring(body)}
        wanted = {name: aws[step]["Error"][name] for name in ("Code", "Key", "Message")}
        assert (status, {name: error[name] for name in wanted}) == (200, wanted)

    missing("get-object-empty")
    for number in (1, 2):
        body = json.dumps({"put_id": number}).encode()
        assert objects.ask("PUT", "test.json", body, content_type="application/json")[0] == 200
        assert json.loads(objects.ask("GET", "test.json")[1]) == aws[f"get-object-{number}"]
    assert objects.ask("DELETE", "test.json")[0] == 200
    missing("get-object-deleted")
