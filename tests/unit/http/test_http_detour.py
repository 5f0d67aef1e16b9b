"""The cloud's own requests to AWS's hosts go to the cloud, under their names."""

import pytest

from stratolite.http.detour import Detour

HERE = "http://127.0.0.1:4566"
HOST = "a1b2c3.execute-api.us-east-1.amazonaws.com"


@pytest.mark.parametrize("url", [f"https://{HOST}/dev/users?a=1", f"http://{HOST}:80/dev/users?a=1"])
def test_hosts_of_aws_are_the_cloud(url: str) -> None:
    taken, headers = Detour(HERE).taken(url, [("Accept", "*/*"), ("host", "other")])
    assert taken == f"{HERE}/dev/users?a=1"
    assert headers == [("Accept", "*/*"), ("Host", url.split("/")[2])]


@pytest.mark.parametrize(
    ("url", "real"),
    [
        ("https://example.com/hook", ()),
        (f"https://{HOST}:8443/dev", ()),
        (f"https://{HOST}/dev", (HOST,)),
        (f"https://{HOST}/dev", ("*",)),
    ],
)
def test_others_are_who_they_are(url: str, real: tuple[str, ...]) -> None:
    assert Detour(HERE, real).taken(url, [("Accept", "*/*")]) == (url, [("Accept", "*/*")])
