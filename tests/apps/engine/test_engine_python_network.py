"""What Python functions send to AWS's hosts: by whatever library, it reaches the local cloud and nobody else."""

import sys
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST = "bucket.s3.eu-central-1.amazonaws.com"
FIRST_LINE = "import http.client, urllib.request, socket, ssl, asyncio, os\n"
LIBRARIES = {
    "urllib": f"urllib.request.urlopen('https://{HOST}/key').read().decode()",
    "urllib without TLS": f"urllib.request.urlopen('http://{HOST}/key').read().decode()",
    "http.client": f"plain(http.client.HTTPSConnection('{HOST}'))",
    "urllib3": f"__import__('urllib3').PoolManager().request('GET', 'https://{HOST}/key').data.decode()",
    "ssl": f"by_hand(ssl.create_default_context().wrap_socket(connected(), server_hostname='{HOST}'))",
    "asyncio": "asyncio.run(streams())",
    "an address that was looked up before": "asyncio.run(at_address())",
}
FUNCTIONS = f"""
GET = b"GET /key HTTP/1.1\\r\\nHost: {HOST}\\r\\nConnection: close\\r\\n\\r\\n"
def plain(connection):
    connection.request("GET", "/key")
    return connection.getresponse().read().decode()
def connected():
    return socket.create_connection(("{HOST}", 443))
def by_hand(secure):
    assert secure.getpeercert()["subjectAltName"] == (("DNS", "{HOST}"),) and secure.version() == "TLSv1.3"
    secure.write(GET)
    return b"".join(iter(lambda: secure.read(4096), b"")).decode().partition("\\r\\n\\r\\n")[2]
async def talk(reader, writer):
    writer.write(GET)
    text = (await reader.read()).decode().partition("\\r\\n\\r\\n")[2]
    writer.close()
    await writer.wait_closed()
    return text
async def streams():
    return await talk(*await asyncio.open_connection("{HOST}", 443, ssl=True))
async def at_address():
    found = await asyncio.get_running_loop().getaddrinfo("{HOST}", 443, type=socket.SOCK_STREAM)
    return await talk(*await asyncio.open_connection(found[0][4][0], 443, ssl=True, server_hostname="{HOST}"))
"""
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.mark.parametrize("is_forked", [True, False], ids=["forked", "alone"])
async def test_every_library_reaches_the_local_cloud(bench: Any, endpoint: str, is_forked: bool) -> None:
    calls = ", ".join(LIBRARIES.values())
    source = f"{FIRST_LINE}{FUNCTIONS}\ndef handler(event, context):\n    return [{calls}]\n"
    # A function that brings a module of a name that the zygote has is not forked from it.
    files = {} if is_forked else {"email_validator.py": "", "six.py": ""}
    spec = bench.function(source, runtime=RUNTIME, files=files, endpoint_url=endpoint)
    answer = await bench.answer(spec)
    wanted = f"get /key http/1.1 | host: {HOST}"
    assert dict(zip(LIBRARIES, map(str.lower, answer), strict=True)) == dict.fromkeys(LIBRARIES, wanted)


async def test_boto3_with_an_endpoint_of_its_own_comes_here(bench: Any, endpoint: str) -> None:
    source = """
import boto3
def handler(event, context):
    client = boto3.client("lambda", region_name="us-east-1", endpoint_url="https://lambda.us-east-1.amazonaws.com")
    return client.list_functions()["ResponseMetadata"]["HTTPStatusCode"]
"""
    keys = {"AWS_ACCESS_KEY_ID": "ASIAOFTHESANDBOX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    spec = bench.function(source, runtime=RUNTIME, endpoint_url=endpoint, role_credentials=keys)
    assert await bench.answer(spec) == 200


async def test_other_hosts_and_ports_are_left_alone(bench: Any, endpoint: str) -> None:
    source = """
import os, socket
names = [("db.abc.us-east-1.rds.amazonaws.com", 5432), ("amazonaws.com.example.invalid", 443), ("localhost", 443)]
def handler(event, context):
    found = []
    for name, port in names:
        try:
            found.append(socket.getaddrinfo(name, port, socket.AF_INET)[0][4][0])
        except OSError:
            found.append("unknown")
    return [found, [name for name in os.environ if "STRATOLITE" in name]]
"""
    found, names = await bench.answer(bench.function(source, runtime=RUNTIME, endpoint_url=endpoint))
    assert "127.65.87.83" not in found and found[-1] == "127.0.0.1"
    assert names == []


@pytest.mark.parametrize(("real", "is_real"), [((HOST,), True), (("*",), True), (("s3.amazonaws.com",), False)])
async def test_hosts_that_are_allowed_are_the_real_ones(
    bench: Any, endpoint: str, real: tuple[str, ...], is_real: bool
) -> None:
    source = f"""
import socket
def handler(event, context):
    try:
        return socket.getaddrinfo("{HOST}", 443)[0][4][0] != "127.65.87.83"
    except OSError:
        return True
"""
    spec = bench.function(source, runtime=RUNTIME, endpoint_url=endpoint, real_hosts=real)
    assert await bench.answer(spec) is is_real


async def test_tls_to_the_local_cloud_itself_is_not_spoken(bench: Any, endpoint: str) -> None:
    """As makers of custom resources do, which answer by HTTPS whatever the address says."""
    address = endpoint.removeprefix("http://")
    source = f"""
import http.client
def handler(event, context):
    connection = http.client.HTTPSConnection("{address}")
    connection.request("PUT", "/answer")
    return connection.getresponse().read().decode()
"""
    spec = bench.function(source, runtime=RUNTIME, endpoint_url=endpoint)
    assert await bench.answer(spec) == f"PUT /answer HTTP/1.1 | Host: {address}"
