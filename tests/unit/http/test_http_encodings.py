"""Reading Accept-Encoding, and packing."""

import gzip
import zlib

import pytest

from stratolite.http.encodings import packed, weights


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("", {}),
        ("GZIP, br;q=0.25 ,*;q=0", {"gzip": 1.0, "br": 0.25, "*": 0.0}),
        ("gzip;level=1;q=0, gzip", {"gzip": 0.0}),
        ("gzip; q = 7, deflate;q=-1, br;q=x", {"gzip": 1.0, "deflate": 0.0, "br": 1.0}),
        ('gzip br, "gzip", deflate=1, ,;q=1', {}),
    ],
)
def test_the_weights_of_encodings(accepted: str, wanted: dict[str, float]) -> None:
    assert weights(accepted) == wanted
    assert [*weights(accepted)] == [*wanted]


def test_what_is_packed_is_of_its_encoding() -> None:
    assert gzip.decompress(packed(b"data", "gzip")) == b"data"
    assert zlib.decompress(packed(b"data", "deflate")) == b"data"
