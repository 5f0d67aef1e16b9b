"""How errors are said in each protocol. A text that an error has not is left out, as recorded from AWS:
``cloudwatch/test_cloudwatch.json``, test_exception_serializing_with_no_shape_in_spec."""

import json

import cbor2
import pytest

from stratolite.core.errors import AwsError
from stratolite.protocol.faults import fault
from stratolite.protocol.models import service_model


class ResourceNotFound(AwsError):
    """An error of CloudWatch that its model does not say the text of."""

    status = 404


class ResourceNotFoundException(AwsError):
    """An error whose shape has members, none of them for a text."""


def body(protocol: str, text: str) -> bytes:
    found = fault(service_model("cloudwatch"), protocol, ResourceNotFound(text), "request-id").body
    assert isinstance(found, bytes)
    return found


def test_a_text_in_xml() -> None:
    head = b'<ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><Error><Type>Sender</Type>'
    tail = b"</Error><RequestId>request-id</RequestId></ErrorResponse>"
    code = b"<Code>ResourceNotFound</Code>"
    assert body("query", "") == head + code + tail
    assert body("query", "none & nothing") == head + code + b"<Message>none &amp; nothing</Message>" + tail


@pytest.mark.parametrize(("text", "members"), [("", {"__type"}), ("none", {"__type", "message"})])
def test_a_text_in_json(text: str, members: set[str]) -> None:
    assert set(json.loads(body("json", text))) == members


def test_a_text_in_cbor_that_the_shape_does_not_have() -> None:
    error = ResourceNotFoundException("none", ResourceType="alarm")
    found = fault(service_model("cloudwatch"), "smithy-rpc-v2-cbor", error, "request-id").body
    assert isinstance(found, bytes)
    said = cbor2.loads(found)
    assert (said["message"], said["ResourceType"]) == ("none", "alarm")
