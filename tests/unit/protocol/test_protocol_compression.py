"""Which encoding a client wants, as DynamoDB reads Accept-Encoding (ScyllaDB's tests of Alternator verified it)."""

import pytest

from stratolite.protocol.compression import wanted_encoding


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("identity", ""),
        ("br, x-gzip", ""),
        ("gzip, deflate", "gzip"),
        ("br, identity, deflate, gzip", "deflate"),
        ("GZIP, identity", "gzip"),
        ("dog, gzip ,, cat", "gzip"),
        ('"gzip"', ""),
        ("gzip br", ""),
        ("*", "gzip"),
        ("*, deflate;q=0.5", "gzip"),
        ("*, deflate", "deflate"),
        ("*, gzip;q=0.5", "deflate"),
        ("*;q=0", ""),
        ("*;q=0.5,identity", "gzip"),
        ("gzip ;q=0", ""),
        ("gzip;q= 0;q=1", ""),
        ("gzip;q=0.00001", "gzip"),
        ("gzip;level=1;q=0", ""),
        ("br, gzip;q=0, deflate; q = 0.5 , identity;q=0", "deflate"),
        ("deflate;q=0.5, gzip;q=0.2", "deflate"),
        ("deflate;q=1, gzip;q=31", "deflate"),
        ("deflate;q=0.5,gzip;q=0.x", "gzip"),
        ("deflate;q=-0.5,gzip;q=0.2", "gzip"),
    ],
)
def test_the_wanted_encoding(accepted: str, encoding: str) -> None:
    assert wanted_encoding(accepted) == encoding
