"""S3: PutObject and GetObject of 10 KB at 16 connections beside ministack, and the memory that uploads of 1 GiB take.

The requests for small objects are those that boto3 sends, signature and checksum included. The two servers take turns,
so that what else the machine does meets both; each one's best turn counts.
"""

import base64
import http.client
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from bench.load import Rate, measure, request
from bench.peers import ministack, stratolite, stratolite_process
from bench.report import Row
from bench.sources import ACCOUNT, signed

BUCKET = "bench"
BODIES = {"PutObject": os.urandom(10 * 1024), "GetObject": b""}
KEYS = 200
ROUNDS = 3
RATIO_MIN = 3.0
PIECE = os.urandom(1024**2)
UPLOAD_BYTES = 1024 * len(PIECE)
PEAK_MB_MAX = 120.0

Sides = dict[str, list[Rate]]


def run() -> list[Row]:
    """All rows."""
    return [*_rates(), _upload("plain", {}, _plain), _upload("aws-chunked", *_chunked())]


def _rates() -> Iterator[Row]:
    ours: Sides = {name: [] for name in BODIES}
    theirs: Sides = {name: [] for name in BODIES}
    with stratolite() as (endpoint, _), ministack() as peer:
        sides = [(_requests(endpoint), ours), (_requests(peer), theirs)]
        for _ in range(ROUNDS):
            for name in BODIES:
                for requests, rates in sides:
                    rates[name].append(measure(requests[name], seconds=2.0, warm_s=0.5))
    for name in BODIES:
        mine, other = (max(rates[name], key=lambda rate: rate.per_s) for rates in (ours, theirs))
        yield Row(
            f"{name}, 10 KB, 16 connections",
            f"{mine.per_s:.0f}/s (p99 {mine.p99_ms:.1f} ms), {mine.per_s / other.per_s:.1f}x",
            f"ministack {other.per_s:.0f}/s",
            f">= {RATIO_MIN:.0f}x ministack",
            mine.per_s / other.per_s >= RATIO_MIN,
        )


def _requests(endpoint: str) -> dict[str, list[tuple[str, int, bytes]]]:
    """What boto3 sends to put objects and to get them. The objects are there then."""
    client = _client(endpoint)
    client.create_bucket(Bucket=BUCKET)
    made: dict[str, list[tuple[str, int, bytes]]] = {name: [] for name in BODIES}

    def note(request: AWSPreparedRequest, event_name: str, **_: Any) -> None:
        name = event_name.rpartition(".")[2]
        made[name].append(_as_bytes(request, BODIES[name]))

    client.meta.events.register("before-send.s3", note)
    for place in range(KEYS):
        key = f"folder/key-{place:06d}"
        client.put_object(Bucket=BUCKET, Key=key, Body=BODIES["PutObject"])
        client.get_object(Bucket=BUCKET, Key=key)["Body"].close()
    client.close()
    return made


def _as_bytes(sent: AWSPreparedRequest, body: bytes) -> tuple[str, int, bytes]:
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in sent.headers.items()
        # The load says host and length itself, and sends bodies at once: it does not ask whether it may.
        if name.lower() not in ("expect", "content-length", "host")
    }
    return request(sent.url, sent.method, headers, body)


def _client(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1, "mode": "standard"}),
    )


def _upload(kind: str, headers: dict[str, str], body: Callable[[], Iterable[bytes]], size: int = UPLOAD_BYTES) -> Row:
    """Send 1 GiB, which is made as it is sent; the most that the server held in memory at any time of its life."""
    with stratolite_process() as (endpoint, _, process):
        client = _client(endpoint)
        client.create_bucket(Bucket=BUCKET)
        connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=600)
        lengths = {"Content-Length": str(size), **signed("s3"), **headers}
        connection.request("PUT", f"/{BUCKET}/large", body(), lengths)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"the upload was answered with {answer.status}: {said.decode()}")
        kept_bytes = client.head_object(Bucket=BUCKET, Key="large")["ContentLength"]
        client.close()
        peak_mb = _peak_mb(process.pid)
    return Row(
        f"memory (most RSS) after an upload of 1 GiB, {kind}",
        f"{peak_mb:.1f} MB",
        f"{kept_bytes / 1024**3:.0f} GiB kept",
        f"<= {PEAK_MB_MAX:.0f} MB",
        peak_mb <= PEAK_MB_MAX and kept_bytes == UPLOAD_BYTES,
    )


def _plain() -> Iterator[bytes]:
    for _ in range(UPLOAD_BYTES // len(PIECE)):
        yield PIECE


def _chunked() -> tuple[dict[str, str], Callable[[], Iterable[bytes]], int]:
    """Headers, body and length, as SDKs send a stream: in chunks, with a checksum behind them."""
    count = UPLOAD_BYTES // len(PIECE)
    crc = 0
    for _ in range(count):
        crc = zlib.crc32(PIECE, crc)
    chunk = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)
    end = b"0\r\nx-amz-checksum-crc32:" + base64.b64encode(crc.to_bytes(4, "big")) + b"\r\n\r\n"

    def body() -> Iterator[bytes]:
        for _ in range(count):
            yield chunk
        yield end

    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(UPLOAD_BYTES),
        "X-Amz-Trailer": "x-amz-checksum-crc32",
    }
    return headers, body, count * len(chunk) + len(end)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say how much memory a process had")
