"""Importing the toolkit, over a bare interpreter; and the cold-start price of what it is paired with."""

import statistics
import subprocess
import sys
import time

from bench.peers import compiled
from bench.report import Row

RUNS = 15
IMPORT_MS_MAX = 15.0
# A function's runtime has imported these before the handler's module is.
RUNTIME = "import json, logging, dataclasses, typing, decimal, datetime, uuid, functools, threading, signal"
PRICED = (
    ("cqrs", "import stratolite_patterns.cqrs"),
    ("single_table", "import stratolite_patterns.single_table"),
    ("connections", "import stratolite_patterns.connections"),
    ("events", "import stratolite_patterns.events"),
    ("pipeline", "import stratolite_patterns.pipeline"),
    ("authorizer: reading the caller", "import stratolite_patterns.authorizer"),
    ("authorizer: checking tokens", "import stratolite_patterns.authorizer.handler, joserfc.jws, joserfc.jwk"),
    ("settings", "import stratolite_patterns.settings"),
    ("cache", "import stratolite_patterns.cache"),
    ("cache, with redis-py", "import stratolite_patterns.cache, redis"),
    ("aws-lambda-powertools: Logger", "from aws_lambda_powertools import Logger"),
    ("aws-lambda-powertools: Metrics", "from aws_lambda_powertools import Metrics"),
    ("aws-lambda-powertools: event handler", "from aws_lambda_powertools.event_handler import APIGatewayRestResolver"),
    ("aws-lambda-powertools: batch", "from aws_lambda_powertools.utilities.batch import BatchProcessor"),
    ("boto3, one client", "import boto3; boto3.client('dynamodb', region_name='us-east-1')"),
)


def run() -> list[Row]:
    """All rows."""
    bare, package = _medians_ms("pass", "import stratolite_patterns")
    rows = [
        Row(
            "import stratolite_patterns",
            f"{package - bare:.1f} ms",
            f"bare interpreter {bare:.1f} ms",
            f"<= {IMPORT_MS_MAX:.0f} ms over it",
            package - bare <= IMPORT_MS_MAX,
        )
    ]
    runtime, *prices = _medians_ms(RUNTIME, *(f"{RUNTIME}; {code}" for _, code in PRICED))
    for (name, _), price in zip(PRICED, prices, strict=True):
        rows.append(Row(f"cold start: {name}", f"{price - runtime:.1f} ms", "what a runtime has imported", "", None))
    return rows


def _medians_ms(*codes: str) -> list[float]:
    """The median times of interpreters that run these, interleaved; the first round compiles."""
    found: dict[str, list[float]] = {code: [] for code in codes}
    for place in range(RUNS + 1):
        for code in codes:
            started_s = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=compiled(), stderr=subprocess.DEVNULL)
            if place:
                found[code].append((time.perf_counter() - started_s) * 1000)
    return [statistics.median(times) for times in found.values()]
