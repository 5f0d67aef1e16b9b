"""The log pipe of an environment: lines, order, limits at the limit."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.clock import MovableClock
from stratolite.engine.output import PENDING_EVENTS_MAX, Output


class Pipe:
    """An output and the end that a sandbox would have."""

    def __init__(self, line_bytes_max: int = 100) -> None:
        self.events: list[tuple[int, str]] = []
        self.batches = 0
        self.output = Output(MovableClock(5000), line_bytes_max, self._emit)

    def _emit(self, events: list[tuple[int, str]]) -> None:
        self.batches += 1
        self.events += events

    def write(self, data: bytes) -> None:
        assert self.output.write_fd is not None
        os.write(self.output.write_fd, data)

    def texts(self) -> list[str]:
        self.output.drain()
        self.output.flush()
        return [text for _, text in self.events]


@pytest.fixture
async def pipe() -> "Iterator[Pipe]":  # type: ignore[misc]
    made = Pipe()
    yield made
    made.output.close()


async def test_lines_and_the_platforms_own_are_in_order(pipe: Pipe) -> None:
    pipe.output.platform(["START\n"])
    pipe.write(b"one\ntwo")
    pipe.output.drain()
    pipe.output.platform(["END\n"])
    pipe.write(b"late\n")
    assert pipe.texts() == ["START\n", "one\n", "two", "END\n", "late\n"]
    assert pipe.events[0][0] == 5000


async def test_joined_lines_are_one_event(pipe: Pipe) -> None:
    """A carriage return of the function's own stays: test_lambda_runtimes.json test_multi_line_prints."""
    pipe.write(b"a\x1db\nc\rd\n")
    assert pipe.texts() == ["a\nb\n", "c\rd\n"]


async def test_a_line_at_the_limit_and_one_over(pipe: Pipe) -> None:
    pipe.write(b"x" * 99 + b"\n" + b"y" * 100 + b"\n" + b"z" * 250)
    assert [len(text) for text in pipe.texts()] == [100, 100, 1, 100, 100, 50]


async def test_the_tail_is_four_kilobytes(pipe: Pipe) -> None:
    pipe.output.platform(["before\n"])
    pipe.output.begin()
    for number in range(2000):
        pipe.output.platform([f"line {number}\n"])
    tail = pipe.output.take_tail()
    assert len(tail) == 4096
    assert tail.endswith(b"line 1999\n")
    assert pipe.output.take_tail() == b""


async def test_a_batch_has_a_limit(pipe: Pipe) -> None:
    for _ in range(PENDING_EVENTS_MAX - 1):
        pipe.output.platform(["x\n"])
    assert pipe.batches == 0
    pipe.output.platform(["x\n"])
    assert (pipe.batches, len(pipe.events)) == (1, PENDING_EVENTS_MAX)


async def test_bytes_that_are_no_text_are_shown(pipe: Pipe) -> None:
    pipe.write(b"\xff\xfe ok\n")
    assert pipe.texts() == ["\ufffd\ufffd ok\n"]


async def test_closing_takes_in_the_rest() -> None:
    pipe = Pipe()
    pipe.write(b"rest")
    pipe.output.close()
    pipe.output.close()
    assert [text for _, text in pipe.events] == ["rest"]


@settings(max_examples=50)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20))
def test_nothing_is_lost_or_added(pieces: list[bytes]) -> None:
    async def run() -> str:
        pipe = Pipe(line_bytes_max=64)
        for piece in pieces:
            pipe.write(piece)
            await asyncio.sleep(0)
        pipe.output.close()
        assert all(len(text) <= 64 for _, text in pipe.events)
        return "".join(text for _, text in pipe.events)

    ascii_pieces = [bytes(byte & 0x7F for byte in piece).replace(b"\x1d", b".") for piece in pieces]
    pieces = ascii_pieces
    assert asyncio.run(run()) == b"".join(pieces).decode()
