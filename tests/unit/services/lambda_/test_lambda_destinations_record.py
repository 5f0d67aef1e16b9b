"""The record of an ended event, and the name of the object that holds it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json

import pytest

from stratolite.services.lambda_.destinations import Ending, object_key, record
from stratolite.services.lambda_.domain import FunctionName

ARN = "arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST"


def test_the_record_of_the_documentation() -> None:
    ending = Ending(
        ARN,
        "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
        "RetriesExhausted",
        3,
        b'{"ORDER_IDS": ["9e07af03", "637de236"]}',
        executed_version="$LATEST",
        function_error="Unhandled",
        response_payload=b'{"errorMessage": "Process exited before completing request"}',
    )
    assert json.loads(record(ending, 1_573_755_365_568)) == {
        "version": "1.0",
        "timestamp": "2019-11-14T18:16:05.568Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
            "functionArn": ARN,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"ORDER_IDS": ["9e07af03", "637de236"]},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "Process exited before completing request"},
    }


def test_what_was_not_executed_has_no_response() -> None:
    shown = json.loads(record(Ending(ARN, "id", "ZeroReservedConcurrency", 0, b"{}"), 0))
    assert set(shown) == {"version", "timestamp", "requestContext", "requestPayload"}


@pytest.mark.parametrize(
    ("payload", "shown"), [(b"null", None), (b"no json", "no json"), (b"\xff", "\N{REPLACEMENT CHARACTER}")]
)
def test_a_response_that_is_no_json_is_a_text(payload: bytes, shown: object) -> None:
    ending = Ending(ARN, "id", "Success", 1, b"{}", executed_version="1", response_payload=payload)
    assert json.loads(record(ending, 0))["responsePayload"] == shown


def test_the_name_of_an_object() -> None:
    name = FunctionName("123456789012", "us-east-2", "my-function", "live")
    key = object_key(name, 1_573_755_365_568, "some-uuid")
    assert key == "aws/lambda/async/my-function/2019/11/14/2019-11-14T18.16.05-some-uuid"
