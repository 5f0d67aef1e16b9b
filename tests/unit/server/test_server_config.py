"""The configuration that the environment asks for, and what makes no sense in it."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.server.config import Config, read, region


def test_defaults() -> None:
    expected = Config(Path(".stratolite"), "127.0.0.1", 4566, 3000, "process", cache=Path.home() / ".cache/stratolite")
    assert read({}) == expected


def test_every_variable() -> None:
    environment = {
        "STRATOLITE_DATA": "/data",
        "STRATOLITE_HOST": "0.0.0.0",
        "STRATOLITE_PORT": "0",
        "STRATOLITE_APP_PORT": "65535",
        "STRATOLITE_DURABILITY": "power",
        "STRATOLITE_REAL_AWS": "s3.amazonaws.com Checkip.amazonaws.com",
        "STRATOLITE_ORIGINS": "https://a.example.com https://b.example.com",
        "STRATOLITE_IS_OFFLINE": "on",
        "STRATOLITE_CACHE": "/cache",
    }
    assert read(environment) == Config(
        Path("/data"),
        "0.0.0.0",
        0,
        65535,
        "power",
        real_aws=("s3.amazonaws.com", "checkip.amazonaws.com"),
        origins=("https://a.example.com", "https://b.example.com"),
        is_offline=True,
        cache=Path("/cache"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRATOLITE_PORT", "http"),
        ("STRATOLITE_PORT", "65536"),
        ("STRATOLITE_PORT", "-1"),
        ("STRATOLITE_PORT", "²"),
        ("STRATOLITE_APP_PORT", "3000x"),
        ("STRATOLITE_DURABILITY", "none"),
    ],
)
def test_nonsense_is_told_by_name(name: str, value: str) -> None:
    with pytest.raises(UserError, match=name) as told:
        read({name: value})
    assert told.value.todo and told.value.exit_code == 2


def test_the_region_is_read_as_aws_s_tools_read_it() -> None:
    assert region({}) == "us-east-1"
    assert region({"AWS_DEFAULT_REGION": "eu-west-1"}) == "eu-west-1"
    assert region({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"}) == "eu-west-2"
