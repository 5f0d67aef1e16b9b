"""The event stream encoding: botocore decodes what we encode; what we decode survives any split and no damage."""

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.protocol.eventstream import (
    HEADERS_BYTES_MAX,
    EventStreamError,
    Message,
    MessageDecoder,
    encode_event,
    encode_message,
)
from stratolite.protocol.models import service_model

VALUES = st.one_of(st.text(max_size=10), st.binary(max_size=10), st.booleans(), st.integers(-(2**63), 2**63 - 1))
MESSAGES = st.builds(
    Message, st.dictionaries(st.text("abc:-", min_size=1, max_size=8), VALUES, max_size=4), st.binary(max_size=30)
)


@settings(max_examples=200)
@given(MESSAGES)
def test_botocore_decodes_what_we_encode(message: Message) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode_message(message))
    [found] = list(buffer)
    assert (found.headers, found.payload) == (message.headers, message.payload)


@settings(max_examples=200)
@given(st.lists(MESSAGES, max_size=3), st.integers(1, 20))
def test_every_split_gives_the_same_messages(messages: list[Message], part: int) -> None:
    data = b"".join(map(encode_message, messages))
    decoder = MessageDecoder()
    found = [message for at in range(0, len(data), part) for message in decoder.feed(data[at : at + part])]
    assert found == messages and decoder.is_empty


@settings(max_examples=200)
@given(MESSAGES, st.data())
def test_damage_is_noticed(message: Message, data: st.DataObject) -> None:
    encoded = bytearray(encode_message(message))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    decoder = MessageDecoder()
    with pytest.raises(EventStreamError):
        decoder.feed(bytes(encoded))
        assert not decoder.is_empty
        raise EventStreamError("it waits for more, which is not there")


def test_every_type_of_header() -> None:
    # https://smithy.io/2.0/aws/amazon-eventstream.html: type 0 true, 1 false, 2 byte, 3 short, 4 integer, 5 long,
    # 6 bytes, 7 string, 8 timestamp, 9 UUID.
    headers = b"".join(
        b"\x01" + name + value
        for name, value in {
            b"a": b"\x00",
            b"b": b"\x01",
            b"c": b"\x02\xff",
            b"d": b"\x03\x00\x02",
            b"e": b"\x04\x00\x00\x00\x03",
            b"f": b"\x05" + bytes(7) + b"\x04",
            b"g": b"\x06\x00\x02hi",
            b"h": b"\x07\x00\x02hi",
            b"i": b"\x08" + bytes(7) + b"\x09",
            b"j": b"\x09" + bytes(16),
        }.items()
    )
    import struct
    import zlib

    lengths = struct.pack(">II", 16 + len(headers), len(headers))
    prelude = lengths + struct.pack(">I", zlib.crc32(lengths))
    body = prelude + headers
    [message] = MessageDecoder().feed(body + struct.pack(">I", zlib.crc32(body)))
    assert list(message.headers.values()) == [True, False, -1, 2, 3, 4, b"hi", "hi", 9, bytes(16)]


def test_limits() -> None:
    with pytest.raises(EventStreamError, match="at most"):
        encode_message(Message({"a": "x" * 60_000, "b": "x" * 60_000, "c": "x" * (HEADERS_BYTES_MAX - 120_000)}))
    decoder = MessageDecoder()
    with pytest.raises(EventStreamError):
        decoder.feed(b"\xff" * 12)


def test_events_and_exceptions_have_their_types() -> None:
    model = service_model("lambda")
    stream = model.shape("InvokeWithResponseStreamResponseEvent")
    [chunk] = MessageDecoder().feed(encode_event(model, stream, {"PayloadChunk": {"Payload": b"abc"}}))
    assert chunk.headers == {
        ":message-type": "event",
        ":event-type": "PayloadChunk",
        ":content-type": "application/octet-stream",
    }
    assert chunk.payload == b"abc"
    [end] = MessageDecoder().feed(encode_event(model, stream, {"InvokeComplete": {"ErrorCode": "Unhandled"}}))
    assert (end.headers[":event-type"], end.payload) == ("InvokeComplete", b'{"ErrorCode":"Unhandled"}')
    logs = service_model("logs")
    tail = logs.shape("StartLiveTailResponseStream")
    fault = {"SessionTimeoutException": {"message": "too long"}}
    [error] = MessageDecoder().feed(encode_event(logs, tail, fault))
    assert error.headers[":message-type"] == "exception"
    assert error.headers[":exception-type"] == "SessionTimeoutException"
    assert error.payload == b'{"message":"too long"}'
