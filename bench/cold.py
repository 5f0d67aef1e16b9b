"""Cold starts of a Python function that imports boto3, as the Init Duration that its log reports."""

import base64
import re
import statistics

import boto3

from bench.peers import stratolite
from bench.report import Row
from bench.sources import ACCOUNT, PYTHON_BOTO3, ROLE, zipped

RUNS = 10
INIT_MS_MAX = 40.0
_INIT = re.compile(rb"Init Duration: ([\d.]+) ms")


def run() -> list[Row]:
    """All rows."""
    found, waited = [], []
    with stratolite() as (endpoint, _):
        client = boto3.client(
            "lambda",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="x",
        )
        for place in range(RUNS + 1):
            name = f"cold-{place}"
            client.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Role=ROLE,
                Handler="handler.handler",
                Code={"ZipFile": zipped("handler.py", PYTHON_BOTO3)},
            )
            client.get_waiter("function_active_v2").wait(FunctionName=name)
            import time

            started_s = time.perf_counter()
            answer = client.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
            elapsed_ms = (time.perf_counter() - started_s) * 1000
            init = _INIT.search(base64.b64decode(answer["LogResult"]))
            assert init is not None, "the first invoke reports its initialisation"
            if place:  # The first one of all waits for the zygote, which a cloud starts once.
                found.append(float(init.group(1)))
                waited.append(elapsed_ms)
    median = statistics.median(waited)
    return [
        Row(
            "cold start with boto3, request to answer",
            f"{median:.1f} ms (Init Duration {statistics.median(found):.1f} ms)",
            "a bare 'import boto3' takes about 300 ms",
            f"<= {INIT_MS_MAX:.0f} ms",
            median <= INIT_MS_MAX,
        )
    ]
