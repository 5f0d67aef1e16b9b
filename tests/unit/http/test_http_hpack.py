"""The header fields of HTTP/2, as RFC 7541 shows them (appendix C.4) and as we write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.http.hpack import FIELDS_BYTES_MAX, STATIC, Decoder, HpackError, encode

FIRST = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"www.example.com")]


def test_the_examples_of_the_standard() -> None:
    decoder = Decoder()
    assert decoder.decode(bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff")) == FIRST
    assert decoder.decode(bytes.fromhex("828684be5886a8eb10649cbf")) == [*FIRST, (b"cache-control", b"no-cache")]
    third = bytes.fromhex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")
    assert decoder.decode(third) == [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"/index.html"),
        (b":authority", b"www.example.com"),
        (b"custom-key", b"custom-value"),
    ]


def test_old_fields_make_room_for_new_ones() -> None:
    """Appendix C.5: a table of 256 bytes."""
    decoder = Decoder()
    decoder.decode(b"\x3f\xe1\x01")
    kept = b"".join(b"\x40\x02n%d\x64" % number + b"v" * 100 for number in range(3))
    assert len(decoder.decode(kept)) == 3
    assert decoder.decode(b"\xbe") == [(b"n2", b"v" * 100)]
    with pytest.raises(HpackError):
        decoder.decode(b"\xbf")


def test_the_fields_that_are_always_there() -> None:
    assert len(STATIC) == 61
    assert (STATIC[27], STATIC[15]) == ((b"content-length", b""), (b"accept-encoding", b"gzip, deflate"))


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.binary(max_size=300)), max_size=20))
def test_what_is_written_is_read(fields: list[tuple[bytes, bytes]]) -> None:
    assert Decoder().decode(encode(fields)) == fields


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_refused(block: bytes) -> None:
    with contextlib.suppress(HpackError):
        Decoder().decode(block)


@pytest.mark.parametrize(
    "block",
    [
        b"\x80",
        b"\xff\xff\xff\xff\xff\xff",
        b"\x3f\xff\xff\x03",
        b"\x00\x81\xff",
        b"\x00\x81\x00\x00",
        encode([(b"n", b"v" * FIELDS_BYTES_MAX)]),
    ],
)
def test_what_is_refused(block: bytes) -> None:
    """No entry 0; numbers and tables over their limits; a text that is cut off, or not padded; too much."""
    with pytest.raises(HpackError):
        Decoder().decode(block)
