"""Warm synchronous invokes of an echo function, at 1 and at 16 connections, in Python and in Node."""

import asyncio

import boto3
from botocore.config import Config

from bench.engine_floor import floor_ms
from bench.load import Rate, measure, request
from bench.peers import ministack, stratolite
from bench.report import Row
from bench.sources import ACCOUNT, NODE_ECHO, PYTHON_ECHO, ROLE, signed, zipped

P50_MS_MAX = 1.2
RATIO_MIN = 12.0
EVENT = b'{"text": "' + b"x" * 1000 + b'"}'
RUNTIMES = (("python3.11", "handler.py", PYTHON_ECHO), ("nodejs20.x", "handler.js", NODE_ECHO))


def run() -> list[Row]:
    """All rows."""
    with stratolite() as (endpoint, _):
        ours = {runtime: _rates(endpoint, runtime, name, text) for runtime, name, text in RUNTIMES}
    with ministack() as endpoint:
        theirs = {runtime: _rates(endpoint, runtime, name, text) for runtime, name, text in RUNTIMES}
    bare_ms = asyncio.run(floor_ms())
    rows = []
    for runtime, (one, many) in ours.items():
        peer_one, peer_many = theirs[runtime]
        rows.append(
            Row(
                f"warm Invoke, {runtime}, 1 connection",
                f"p50 {one.p50_ms:.2f} ms",
                f"ministack p50 {peer_one.p50_ms:.1f} ms; a process over a bare pipe {bare_ms:.2f} ms",
                f"<= {P50_MS_MAX} ms",
                one.p50_ms <= P50_MS_MAX,
            )
        )
        rows.append(
            Row(
                f"warm Invoke, {runtime}, 16 connections",
                f"{many.per_s:.0f}/s, {many.per_s / peer_many.per_s:.1f}x",
                f"ministack {peer_many.per_s:.0f}/s",
                f">= {RATIO_MIN:.0f}x",
                many.per_s / peer_many.per_s >= RATIO_MIN,
            )
        )
    return rows


def _rates(endpoint: str, runtime: str, name: str, text: str) -> tuple[Rate, Rate]:
    client = boto3.client(
        "lambda",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
        config=Config(read_timeout=60),
    )
    function = f"echo-{runtime.replace('.', '-')}"
    client.create_function(
        FunctionName=function,
        Runtime=runtime,
        Role=ROLE,
        Handler="handler.handler",
        Code={"ZipFile": zipped(name, text)},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=function)
    client.invoke(FunctionName=function, Payload=EVENT)
    headers = {**signed("lambda"), "Content-Type": "application/json"}
    sent = [request(f"{endpoint}/2015-03-31/functions/{function}/invocations", "POST", headers, EVENT)]
    return measure(sent, connections=1, seconds=3), measure(sent, connections=16, seconds=4, warm_s=2)
