"""HTTP/2 without TLS, by a client that is none of ours: Node.js has it, and the SDK for JavaScript uses it for Kinesis.

Source: RFC 9113; https://nodejs.org/docs/latest/api/http2.html
"""

import base64
import json
import shutil
import socket
import subprocess
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.kinesis_streams import arn_of, made

from stratolite.http.connection import HTTP2_PREFACE as PREFACE
from stratolite.protocol.eventstream import MessageDecoder

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
SCRIPT = """
const http2 = require("node:http2");
const session = http2.connect(process.argv[1]);
const requests = JSON.parse(require("node:fs").readFileSync(0));
const authorization = "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/kinesis/aws4_request, "
  + "SignedHeaders=host, Signature=0";
const ask = ([operation, input, stops]) => new Promise((done) => {
  const stream = session.request({ ":method": "POST", ":path": "/", authorization, "x-amz-date": "20260101T000000Z",
    "content-type": "application/x-amz-json-1.1", "x-amz-target": `Kinesis_20131202.${operation}` });
  const pieces = [];
  let status;
  stream.on("response", (headers) => { status = headers[":status"]; });
  stream.on("data", (piece) => { pieces.push(piece); if (stops) stream.close(http2.constants.NGHTTP2_CANCEL); });
  stream.on("close", () => done([status, Buffer.concat(pieces).toString("base64"), stream.rstCode]));
  stream.end(JSON.stringify(input));
});
Promise.all(requests.map(ask)).then((answers) => { session.close(); console.log(JSON.stringify(answers)); });
""".replace("%s", ACCOUNT)


def asked(cloud: RunningCloud, *requests: tuple[Any, ...]) -> list[tuple[int, bytes]]:
    """Status and body of the answers to requests that are sent beside each other: an operation, its input, and whether
    the client goes once something has come."""
    command = ["node", "-e", SCRIPT, cloud.endpoint]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, check=False, timeout=180)
    assert done.stdout, done.stderr
    return [(status, base64.b64decode(body)) for status, body, _ in json.loads(done.stdout)]


def test_requests_beside_each_other(cloud: RunningCloud) -> None:
    kinesis = cloud.client("kinesis")
    made(kinesis, "second", 4)
    records = [("PutRecord", {"StreamName": "second", "Data": "YQ==", "PartitionKey": str(key)}) for key in range(40)]
    answers = asked(cloud, *records, ("DescribeStream", {"StreamName": "nobody"}))
    assert [status for status, _ in answers] == [200] * 40 + [400]
    assert json.loads(answers[-1][1])["__type"] == "ResourceNotFoundException"
    assert len({json.loads(body)["SequenceNumber"] for _, body in answers[:-1]}) == 40


def test_bodies_that_are_larger_than_windows(cloud: RunningCloud) -> None:
    kinesis = cloud.client("kinesis")
    kinesis.update_max_record_size(StreamARN=made(kinesis, "large"), MaxRecordSizeInKiB=10240)
    data = "A" * 4 * 1024 * 1024
    ((status, _),) = asked(cloud, ("PutRecord", {"StreamName": "large", "Data": data, "PartitionKey": "k"}))
    assert status == 200
    at = kinesis.get_shard_iterator(StreamName="large", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    ((status, body),) = asked(cloud, ("GetRecords", {"ShardIterator": at["ShardIterator"]}))
    assert (status, json.loads(body)["Records"][0]["Data"] == data) == (200, True)


def test_events_come_while_a_stream_is_open(cloud: RunningCloud) -> None:
    kinesis = cloud.client("kinesis")
    made(kinesis, "pushed")
    kinesis.put_record(StreamName="pushed", Data=b"a", PartitionKey="k")
    consumer = kinesis.register_stream_consumer(StreamARN=arn_of("pushed"), ConsumerName="c")["Consumer"]["ConsumerARN"]
    position = {"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    ((status, body),) = asked(cloud, ("SubscribeToShard", position, True))
    first = MessageDecoder().feed(body)[0]
    assert (status, first.headers[":event-type"]) == (200, "initial-response")


@pytest.mark.parametrize(
    "sent",
    [
        PREFACE[:16] + b"nonsense",
        # A frame that is too long; fields that are no fields; data of a stream that nobody began.
        PREFACE + b"\x00\x40\x01\x00\x00\x00\x00\x00\x01" + bytes(0x4001),
        PREFACE + b"\x00\x00\x01\x01\x05\x00\x00\x00\x01\xff",
        PREFACE + b"\x00\x00\x01\x00\x01\x00\x00\x00\x07x",
    ],
)
def test_what_is_no_http2_ends_the_connection(cloud: RunningCloud, sent: bytes) -> None:
    host, port = cloud.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=180) as client:
        client.sendall(sent)
        heard = b""
        while piece := client.recv(65536):
            heard += piece
    assert heard.startswith(b"HTTP/1.1 400 ") or b"\x07\x00\x00\x00\x00\x00" in heard, "a refusal, or GOAWAY"
