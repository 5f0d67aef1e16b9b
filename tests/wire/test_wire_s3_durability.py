"""What is on the disk: nothing acknowledged is lost, nothing that failed is left, no upload is held in memory."""

import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import ACCOUNT, RunningCloud, free_port
from tests.wire.s3_answers import raw, refusal

from stratolite.core.entropy import SystemEntropy
from stratolite.http.message import Body
from stratolite.services.s3 import content
from stratolite.services.s3.checksums import Claim
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database

BUCKET = "durable"
LARGE = os.urandom(content.INLINE_BYTES_MAX + 1)
WAITS_S_MAX = 120


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    running = RunningCloud(tmp_path / "data").start()
    running.client("s3").create_bucket(Bucket=BUCKET)
    yield running
    running.stop()


def files(folder: Path) -> list[Path]:
    return sorted((folder / "blobs").glob("??/*"))


def settled(folder: Path, count: int) -> bool:
    """Whether so many files are left, once the server has noticed that a client is gone."""
    waiting = threading.Event()
    for _ in range(WAITS_S_MAX * 50):
        if len(files(folder)) == count:
            return True
        waiting.wait(0.02)
    return False


def test_a_file_without_a_row_is_swept(tmp_path: Path) -> None:
    """As after a crash between the last byte and the commit."""
    folder = tmp_path / "data"
    running = RunningCloud(folder).start()
    s3 = running.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="kept", Body=LARGE)
    writer = running.cloud.world.blobs.writer()
    writer.write(b"half an upload")
    writer.finish()
    assert len(files(folder)) == 2
    running.stop()
    again = RunningCloud(folder).start()
    try:
        assert len(files(folder)) == 1
        assert again.client("s3").get_object(Bucket=BUCKET, Key="kept")["Body"].read() == LARGE
    finally:
        again.stop()


def test_what_fails_leaves_no_file(own_cloud: RunningCloud, tmp_path: Path) -> None:
    s3, folder = own_cloud.client("s3"), tmp_path / "data"
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"x")
    ask = {"Bucket": BUCKET, "Key": "there", "Body": LARGE}
    assert refusal(s3.put_object, **ask, ChecksumCRC32="AAAAAA==")["Code"] == "BadDigest"
    assert refusal(s3.put_object, **ask, IfNoneMatch="*")["Code"] == "PreconditionFailed"
    upload = {"Bucket": BUCKET, "Key": "parts", "UploadId": "none", "PartNumber": 1}
    assert refusal(s3.upload_part, **upload, Body=LARGE)["Code"] == "NoSuchUpload"
    assert files(folder) == []


def test_a_client_who_leaves_leaves_no_file(own_cloud: RunningCloud, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with socket.create_connection((urlsplit(own_cloud.endpoint).hostname, urlsplit(own_cloud.endpoint).port)) as client:
        head = f"PUT /{BUCKET}/left HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2 * len(LARGE)}\r\n\r\n"
        client.sendall(head.encode() + LARGE)
        assert settled(folder, 1)
    assert settled(folder, 0)
    assert refusal(own_cloud.client("s3").head_object, Bucket=BUCKET, Key="left")["Code"] == "404"


def test_files_go_with_their_last_owner(own_cloud: RunningCloud, tmp_path: Path) -> None:
    s3, folder = own_cloud.client("s3"), tmp_path / "data"
    s3.put_object(Bucket=BUCKET, Key="a", Body=LARGE)
    s3.copy_object(Bucket=BUCKET, Key="b", CopySource=f"{BUCKET}/a")
    assert len(files(folder)) == 1
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"small")
    assert len(files(folder)) == 1
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "b"}]})
    assert files(folder) == []
    for end in ("abort", "replace", "complete", "bucket"):
        upload = {"Bucket": BUCKET, "Key": "in-parts"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        etag = s3.upload_part(**upload, PartNumber=1, Body=LARGE)["ETag"]
        s3.upload_part(**upload, PartNumber=2, Body=b"not listed")
        assert len(files(folder)) == 2
        if end == "replace":
            s3.upload_part(**upload, PartNumber=2, Body=b"again")
            assert len(files(folder)) == 2
        if end == "complete":
            listed = [{"PartNumber": 1, "ETag": etag}]
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})
            assert len(files(folder)) == 1
            assert s3.get_object(Bucket=BUCKET, Key="in-parts")["Body"].read() == LARGE
            s3.delete_object(Bucket=BUCKET, Key="in-parts")
        elif end != "bucket":
            s3.abort_multipart_upload(**upload)
        else:
            s3.delete_object(Bucket=BUCKET, Key="a")
            s3.delete_bucket(Bucket=BUCKET)
        assert files(folder) == [], end


def test_a_read_outlives_its_object(own_cloud: RunningCloud, tmp_path: Path) -> None:
    s3 = own_cloud.client("s3")
    data = os.urandom(20_000_000)
    s3.put_object(Bucket=BUCKET, Key="read", Body=data)
    connection = http.client.HTTPConnection(urlsplit(own_cloud.endpoint).netloc, timeout=WAITS_S_MAX)
    connection.request("GET", f"/{BUCKET}/read")
    response = connection.getresponse()
    first = response.read(1000)
    s3.delete_object(Bucket=BUCKET, Key="read")
    assert first + response.read() == data
    connection.close()
    assert settled(tmp_path / "data", 0)


async def test_uploads_are_not_held_in_memory(tmp_path: Path) -> None:
    piece = os.urandom(64 * 1024)
    count = 512

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield piece

    database = Database(tmp_path / "test.db")
    blobs = Blobs(tmp_path / "blobs", database, SystemEntropy())
    tracemalloc.start()
    received = await content.receive(blobs, Body(pieces()), Claim("CRC32"))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    database.close()
    assert received.size_bytes == count * len(piece)
    assert received.md5 == hashlib.md5(piece * count).digest()
    assert peak_bytes < 2 * 1024 * 1024


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """Small objects are rows, large ones are files; the server is killed while four clients write both."""
    folder = tmp_path / "data"
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "stratolite",
        "start",
        "--port",
        str(port),
        "--app-port",
        "0",
        "--data",
        str(folder),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    acknowledged: dict[str, bytes] = {}
    killed = threading.Event()
    try:
        assert server.stdout is not None
        assert any(b"AWS APIs" in line for line in server.stdout)
        writers = [threading.Thread(target=write, args=(port, number, acknowledged, killed)) for number in range(4)]
        for writer in writers:
            writer.start()
        waiting = threading.Event()
        for _ in range(WAITS_S_MAX * 50):
            if len(acknowledged) >= 60:
                break
            waiting.wait(0.02)
        os.killpg(server.pid, signal.SIGKILL)
        killed.set()
        for writer in writers:
            writer.join(WAITS_S_MAX)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close() if server.stdout is not None else None
    assert len(acknowledged) >= 60
    again = RunningCloud(folder).start()
    try:
        s3 = again.client("s3")
        for key, data in acknowledged.items():
            assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == data, key
        listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        assert {one["Key"] for one in listed} >= set(acknowledged)
        # Every file belongs to an object: those whose answers were lost are whole too.
        large = sum(1 for one in listed if one["Size"] > content.INLINE_BYTES_MAX)
        assert len(files(folder)) == large
        assert raw(again, "GET", f"/{BUCKET}?uploads").element("IsTruncated") == "false"
    finally:
        again.stop()


def write(port: int, number: int, acknowledged: dict[str, bytes], killed: threading.Event) -> None:
    """Write objects until the server is gone; those that were acknowledged are noted."""
    client: Any = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        config=ClientConfig(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )
    try:
        client.create_bucket(Bucket=BUCKET)
        count = 0
        while not killed.is_set():
            key = f"{number}-{count}"
            data = os.urandom(1000) if count % 2 else os.urandom(content.INLINE_BYTES_MAX + 1000)
            client.put_object(Bucket=BUCKET, Key=key, Body=data)
            acknowledged[key] = data
            count += 1
    except (BotoCoreError, ClientError):
        pass
    finally:
        client.close()
