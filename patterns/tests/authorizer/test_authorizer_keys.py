"""An issuer's keys: cached, rotated, down, slow, and not trusted further than they should be."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

jwk = pytest.importorskip("joserfc.jwk")

from stratolite_patterns.authorizer import Jwks, KeysUnavailable, StaticKeys, UnsafeKey, key_of, keys_of  # noqa: E402

KEYS = [jwk.RSAKey.generate_key(2048) for _ in range(2)]


def public(number: int, **more: Any) -> dict[str, Any]:
    return {**KEYS[number].as_dict(private=False), "kid": str(number), **more}


class Issuer:
    """An issuer whose answers are counted, and a clock."""

    def __init__(self) -> None:
        self.keys = [public(0)]
        self.is_down = False
        self.fetched = 0
        self.now_s = 1000.0

    def fetch(self, url: str, timeout_s: float) -> bytes:
        self.fetched += 1
        if self.is_down:
            raise OSError("no answer")
        return json.dumps({"keys": self.keys}).encode()

    def jwks(self) -> Jwks:
        return Jwks(
            "https://issuer/jwks", ttl_s=300, stale_s=3600, refetch_s_min=30, fetch=self.fetch, now=lambda: self.now_s
        )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def test_keys_are_fetched_once_and_again_after_their_time(issuer: Issuer) -> None:
    jwks = issuer.jwks()
    assert issuer.fetched == 0
    for _ in range(3):
        assert jwks.find("0", "RS256")
    assert issuer.fetched == 1
    issuer.now_s += 301
    assert jwks.find("0", "RS256")
    assert issuer.fetched == 2


def test_a_new_key_is_found_at_once(issuer: Issuer) -> None:
    jwks = issuer.jwks()
    jwks.find("0", "RS256")
    issuer.keys = [public(1)]
    issuer.now_s += 31
    assert jwks.find("1", "RS256")
    assert jwks.find("0", "RS256") is None


def test_made_up_ids_do_not_drive_requests(issuer: Issuer) -> None:
    jwks = issuer.jwks()
    for number in range(50):
        issuer.now_s += 1
        assert jwks.find(f"x{number}", "RS256") is None
    assert issuer.fetched == 2


def test_while_the_issuer_is_down_keys_stay_good_for_a_bounded_time(issuer: Issuer) -> None:
    jwks = issuer.jwks()
    jwks.find("0", "RS256")
    issuer.is_down = True
    issuer.now_s += 3600
    assert jwks.find("0", "RS256")
    issuer.now_s += 1
    with pytest.raises(KeysUnavailable, match="no answer"):
        jwks.find("0", "RS256")
    issuer.is_down = False
    issuer.now_s += 6
    assert jwks.find("0", "RS256")


def test_without_any_keys_nothing_can_be_checked_and_the_issuer_is_not_hammered(issuer: Issuer) -> None:
    issuer.is_down = True
    jwks = issuer.jwks()
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            jwks.find("0", "RS256")
    assert issuer.fetched == 1


def test_a_document_that_is_none_keeps_the_keys_that_there_are(issuer: Issuer) -> None:
    jwks = issuer.jwks()
    jwks.find("0", "RS256")
    issuer.keys = "none"  # type: ignore[assignment]
    issuer.now_s += 301
    assert jwks.find("0", "RS256")


def test_one_thread_fetches_and_the_others_have_its_keys(issuer: Issuer) -> None:
    slow = issuer.fetch

    def fetch(url: str, timeout_s: float) -> bytes:
        time.sleep(0.05)
        return slow(url, timeout_s)

    jwks = Jwks("https://issuer/jwks", fetch=fetch)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(jwks.find("0", "RS256"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found)
    assert len(found) == 8
    assert issuer.fetched == 1


def test_a_thread_that_misses_the_key_that_another_fetches_has_it_too(issuer: Issuer) -> None:
    def slow(url: str, timeout_s: float) -> bytes:
        time.sleep(0.05)
        return issuer.fetch(url, timeout_s)

    jwks = Jwks("https://issuer/jwks", fetch=slow)
    jwks.find("0", "RS256")
    issuer.keys = [public(0), public(1)]
    jwks._tried_s = -1000.0
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(jwks.find("1", "RS256"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([key for key in found if key]) == 6
    assert issuer.fetched == 2


def test_keys_are_used_for_what_they_are_published_for() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "s"}
    document = {
        "keys": [
            public(0, use="enc"),
            public(0, kid="ops", key_ops=["encrypt"]),
            public(0, kid="512", alg="RS512"),
            secret,
            {"kty": "new", "kid": "n"},
            {"kty": "RSA", "kid": "broken"},
            "text",
            public(1),
        ]
    }
    found = {key.kid: set(key.algorithms) for key in keys_of(document)}
    assert found == {"512": {"RS512"}, "1": {"RS256", "RS384", "RS512"}}
    with pytest.raises(UnsafeKey):
        keys_of([])


def test_without_an_id_only_the_one_key_that_fits_is_taken() -> None:
    one = key_of(public(0), "RS256")
    assert StaticKeys(one).find(None, "RS256") is one
    assert StaticKeys(one, key_of(public(1), "RS256")).find(None, "RS256") is None
    with pytest.raises(UnsafeKey, match="ids that differ"):
        StaticKeys(one, one)


@pytest.mark.parametrize("url", ["http://issuer/jwks", "file:///etc/passwd", "ftp://issuer", "jwks"])
def test_keys_come_over_https(url: str) -> None:
    with pytest.raises(UnsafeKey, match="https"):
        Jwks(url)


class Handler(BaseHTTPRequestHandler):
    """A small server of documents, slow and endless ones too."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/jwks")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/slow":
            # A byte now and then, so that no time-out of the socket strikes.
            for _ in range(1200):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)
        elif self.path == "/large":
            self.wfile.write(b" " * 600_000)
        elif self.path == "/.well-known/openid-configuration":
            host = f"http://127.0.0.1:{self.connection.getsockname()[1]}"
            self.wfile.write(json.dumps({"issuer": host, "jwks_uri": f"{host}/jwks"}).encode())
        else:
            self.wfile.write(json.dumps({"keys": [public(0)]}).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_over_a_socket(address: str) -> None:
    assert Jwks(f"{address}/jwks").find("0", "RS256")
    assert Jwks.of_issuer(address).find("0", "RS256")
    with pytest.raises(UnsafeKey, match="another issuer"):
        Jwks.of_issuer(f"{address}/")


@pytest.mark.parametrize(
    ("path", "timeout_s", "said"),
    [("moved", 30, "302"), ("slow", 0.3, "timed out|0.3 s"), ("large", 30, "524288 bytes")],
)
def test_what_does_not_answer_as_it_should_is_given_up_in_time(
    address: str, path: str, timeout_s: float, said: str
) -> None:
    """The slow one takes a minute."""
    began_s = time.monotonic()
    with pytest.raises(KeysUnavailable, match=said):
        Jwks(f"{address}/{path}", timeout_s=timeout_s).find("0", "RS256")
    assert time.monotonic() - began_s < 30


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # It is held, so that nobody else listens there, but nobody listens.
        port = probe.getsockname()[1]
        with pytest.raises(KeysUnavailable, match="refused"):
            Jwks(f"http://127.0.0.1:{port}/").find("0", "RS256")
        with pytest.raises(KeysUnavailable, match="refused"):
            Jwks.of_issuer(f"http://127.0.0.1:{port}")
