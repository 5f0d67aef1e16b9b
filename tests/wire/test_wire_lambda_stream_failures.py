"""Each way in which a function can fail with a batch of a stream: it is tried again, and its destination is told.

For a stream all ways are alike (services-dynamodb-errors: "if the function is invoked but returns an error, Lambda
retries"), and what failed is told by the log. The lines are those of
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and of the engine's own tests.
"""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.stream_mappings import StreamWorld, on_failure

WAYS: dict[str, tuple[str, dict[str, Any], str]] = {
    "raises": ("raise ValueError('no')", {}, "[ERROR] ValueError: no"),
    "exits": ("import sys; sys.exit(3)", {}, "Runtime.ExitError"),
    "is killed": ("import os; os.kill(os.getpid(), 9)", {}, "Runtime.ExitError"),
    "hangs": ("time.sleep(30)", {"Timeout": 1}, "Task timed out after 1.00 seconds"),
    "answers what is no JSON": ("return object()", {}, "Runtime.MarshalError"),
    "answers too much": ("return 'x' * 7_000_000", {}, ""),
    "has no handler": ("return 1", {"Handler": "index.missing"}, "Runtime.HandlerNotFound"),
    "has no module": ("return 1", {"Handler": "missing.handler"}, "Runtime.ImportModuleError"),
}
"""Code, settings, and what the log says."""


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_fails(timed_cloud: RunningCloud, way: str) -> None:
    then, more, said = WAYS[way]
    world = StreamWorld(timed_cloud)
    world.function("g", then, **more)
    world.put("a")
    uuid = world.mapping(FunctionName="g", MaximumRetryAttempts=1, DestinationConfig=on_failure(world.queue()))
    world.pass_time(0.5)
    (told,) = world.given_up()
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert world.get(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"
    logs = timed_cloud.client("logs")
    lines = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/g")["events"]]
    assert any(said in line for line in lines), "".join(lines)
    assert sum(line.startswith("REPORT") for line in lines) == 2
