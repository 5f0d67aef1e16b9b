"""Which encoding an API's answer is packed in.

The formats are those of https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-enable-compression.html
(one of them with AWS's own slip in it), which also says that an encoding of the highest priority has to be supported.
"""

import pytest

from stratolite.services.apigateway.compression import wanted_encoding


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("*", ""),
        ("deflate,gzip", "deflate"),
        ("deflate;q=0.5,gzip;q=1.0", "gzip"),
        ("deflate;q=0.5,gzip=1.0", "deflate"),
        ("gzip;q=1.0,identity;q=0.5,*;q=0", "gzip"),
        ("gzip, deflate, br", "gzip"),
        ("br, gzip", "gzip"),
        ("br;q=1.0, gzip;q=0.8", ""),
        ("*, gzip;q=0.8", ""),
        ("identity, gzip;q=0.5", ""),
        ("identity", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0, deflate;q=0.1", "deflate"),
    ],
)
def test_the_wanted_encoding(accepted: str, encoding: str) -> None:
    assert wanted_encoding(accepted) == encoding
