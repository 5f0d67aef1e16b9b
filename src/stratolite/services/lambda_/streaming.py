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

    async def read(self) -> bytes:
        """All that has come since the last time, as soon as there is any; empty at the end."""
        return await self.stream.read()

    def abandon(self) -> None:
        """Nobody reads on: the function must not wait for that."""
        self.stream.abandon()

    async def failure(self) -> str:
        """Wait for the function's end: which error it met after it had begun to answer; empty when it met none."""
        try:
            outcome = await self.outcome
        except AwsError as error:
            return f"{error.code}: {error.message}"
        return outcome.error and (outcome.error_type or outcome.error)


async def begin(lambda_: Lambda, name: FunctionName, event: Event) -> Running:
    """Start a function; returns when it begins to answer, or has ended without. Raises what ``execute`` raises.

    The event's patience is for that: who reads an answer that has begun has all the function's time.
    """
    stream = ResponseStream()
    outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    # Nobody may be left to look at it.
    outcome.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def run() -> None:
        try:
            outcome.set_result(await execute(lambda_, name, event, stream))
        except (AwsError, TimeoutError) as error:
            outcome.set_exception(error)
        finally:
            outcome.cancel()
            stream.close()

    lambda_.world.tasks.start(f"streaming {name.qualified_arn}", run())
    try:
        if not await stream.begun():
            await outcome
    except asyncio.CancelledError:
        stream.abandon()
        raise
    return Running(stream, outcome)
