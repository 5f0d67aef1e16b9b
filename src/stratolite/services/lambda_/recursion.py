"""Recursive loops: a function that has run too often in one chain of events is not run again.

What a function sends carries its trace header (SDKs see to that), queues, topics, buckets and functions hand it on, and
its ``Lineage`` counts how often the chain has been through each function. As on AWS a chain through other services,
such as EventBridge or DynamoDB, does not carry it and goes on without end.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

import hashlib
from collections.abc import Iterable

from stratolite.core.trace import lineage, with_lineage
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import FunctionName

RUNS_MAX = 16
"""How often a function runs in one chain: the next time it is stopped."""
ALLOW, TERMINATE = "Allow", "Terminate"
STOPPED = (
    "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your "
    "function's invocation."
)


def mark_of(name: FunctionName) -> str:
    """How a lineage names a function, whatever its version."""
    return hashlib.sha256(name.arn.encode()).hexdigest()[:8]


def entered(trace_id: str, mark: str, recursive_loop: str) -> str:
    """The trace header with which a function runs, and which it hands on.

    Raises RecursiveInvocationException for one that has run too often in this chain, unless it may.
    """
    if "Lineage=" not in trace_id:
        return f"{trace_id};Lineage={mark}:1"
    counts = lineage(trace_id)
    runs = counts.pop(mark, 0)
    if runs >= RUNS_MAX:
        if recursive_loop == TERMINATE:
            raise api.RecursiveInvocationException(STOPPED)
        runs = RUNS_MAX - 1
    return with_lineage(trace_id, counts | {mark: runs + 1})


def joined(trace_ids: Iterable[str]) -> str:
    """The trace header of a batch: that of its first event, with the highest count of each function in any of them."""
    first, counts = "", dict[str, int]()
    for trace_id in trace_ids:
        first = first or trace_id
        for mark, runs in lineage(trace_id).items():
            counts[mark] = max(runs, counts.pop(mark, 0))
    return with_lineage(first, counts) if counts else first
