"""The stream between a function and its invoker: order, bounds, ends of either side."""

import asyncio

from stratolite.engine.stream import ResponseStream


async def test_pieces_come_as_they_were_cut() -> None:
    stream = ResponseStream()
    stream.begin("text/plain")
    stream.begin("text/late")
    for piece in (b"one", b"", b"two"):
        stream.write(piece)
    stream.close()
    assert await stream.begun()
    assert stream.content_type == "text/plain"
    assert [piece async for piece in stream] == [b"one", b"two"]
    assert await stream.read() == b""


async def test_a_reader_waits_for_what_is_not_there_yet() -> None:
    stream = ResponseStream()
    begun = asyncio.ensure_future(stream.begun())
    await asyncio.sleep(0)
    stream.begin("text/plain")
    assert await begun
    read = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    stream.write(b"one")
    stream.write(b"two")
    assert await read == b"onetwo"
    end = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    stream.close()
    assert await end == b""


async def test_a_stream_that_never_begins() -> None:
    stream = ResponseStream()
    stream.close()
    assert not await stream.begun()
    assert [piece async for piece in stream] == []


async def test_nothing_comes_after_the_end() -> None:
    stream = ResponseStream(buffer_bytes_max=1)
    stream.close()
    stream.begin("text/plain")
    stream.write(b"late")
    assert (stream.has_begun, stream.is_full, await stream.read()) == (False, False, b"")


async def test_a_full_stream_tells_when_it_has_room() -> None:
    stream = ResponseStream(buffer_bytes_max=4)
    told: list[str] = []
    stream.write(b"abc")
    fullness = [stream.is_full]
    stream.write(b"de")
    fullness.append(stream.is_full)
    assert fullness == [False, True]
    stream.on_room = lambda: told.append("room")
    assert await anext(stream) == b"abc"
    assert told == ["room"]
    assert not stream.is_full
    assert await stream.read() == b"de"
    assert told == ["room"]


async def test_nobody_waits_for_a_reader_that_has_gone_away() -> None:
    stream = ResponseStream(buffer_bytes_max=1)
    told: list[str] = []
    stream.write(b"abc")
    stream.on_room = lambda: told.append("room")
    stream.abandon()
    stream.write(b"def")
    assert told == ["room"]
    assert not stream.is_full
    stream.close()
    assert await stream.read() == b""
