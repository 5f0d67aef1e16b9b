"""Responses that come in pieces, while the function still runs.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

import asyncio
from dataclasses import dataclass

from stratolite.core.errors import AwsError
from stratolite.engine.model import Outcome
from stratolite.engine.stream import ResponseStream
from stratolite.services.lambda_ import Lambda
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.invocation import Event, execute


@dataclass(frozen=True, slots=True)
class Running:
    """A function that answers. Who reads no further abandons the stream; the function runs on."""

    stream: ResponseStream
    outcome: "asyncio.Future[Outcome]"


async def begin(lambda_: Lambda, name: FunctionName, event: Event) -> Running:
    """Start a function; returns when it begins to answer, or has ended without. Raises what ``execute`` raises."""
    stream = ResponseStream()
    outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    # Nobody may be left to look at it.
    outcome.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def run() -> None:
        try:
            outcome.set_result(await execute(lambda_, name, event, stream))
        except AwsError as error:
            outcome.set_exception(error)
        finally:
            outcome.cancel()
            stream.close()

    lambda_.world.tasks.start(f"streaming {name.qualified_arn}", run())
    if not await stream.begun():
        await outcome
    return Running(stream, outcome)
