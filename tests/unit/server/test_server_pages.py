"""Which origins' pages are welcome."""

import pytest

from stratolite.http.message import Headers, Request
from stratolite.server.config import read
from stratolite.server.pages import ForeignPage, Pages


def posted(origin: str) -> Request:
    return Request("POST", "/", headers=Headers([("origin", origin), ("content-type", "text/plain")]))


@pytest.mark.parametrize(
    "origin",
    ["http://localhost", "https://localhost:3000", "http://127.1.2.3:1", "http://[::1]", "http://a.b.localhost:3000"],
)
def test_pages_of_this_machine_are_welcome(origin: str) -> None:
    assert Pages().welcomes(origin)
    Pages().check(posted(origin), is_read=False)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://", "http://[", "localhost", "http://localhost.example", "http://127.0.0.1.nip.io", "file://"],
)
def test_others_are_not(origin: str) -> None:
    assert not Pages().welcomes(origin)


def test_the_owner_names_further_ones() -> None:
    pages = Pages(read({"STRATOLITE_ORIGINS": "https://App.example.com/  null"}).origins)
    assert pages.welcomes("https://app.example.com")
    assert pages.welcomes("null")
    assert not pages.welcomes("https://app.example.com:8443")
    with pytest.raises(ForeignPage, match=r"https://other\.example\.com may not"):
        pages.check(posted("https://other.example.com"), is_read=False)
    assert Pages(["*"]).welcomes("https://other.example.com")
