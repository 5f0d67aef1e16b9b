"""What an access key says of the caller."""

from typing import Any

import pytest

from stratolite.core.errors import AwsError
from stratolite.core.ports import Ports
from stratolite.core.ports.identities import Identity
from stratolite.server.caller import caller_of

NOW_MS = 1_700_000_000_000
ROLE = "arn:aws:sts::123456789012:assumed-role/r/s"


class Sessions:
    """Stands in for STS: knows one key, until a time."""

    def resolve(self, access_key_id: str) -> Identity | None:
        return Identity("123456789012", ROLE, NOW_MS) if access_key_id == "ASIAKNOWN" else None


def ports(identity: Any = None) -> Ports:
    return Ports(lambda name: identity if name == "identity" else None)


@pytest.mark.parametrize(
    ("key_id", "account", "principal"),
    [
        ("123456789012", "123456789012", ""),
        ("12345678901", "000000000000", ""),
        ("test", "000000000000", ""),
        ("", "000000000000", ""),
        ("AKIAIOSFODNN7EXAMPLE", "000000000000", ""),
        ("ASIAUNKNOWN", "000000000000", ""),
        ("ASIAKNOWN", "123456789012", ROLE),
    ],
)
def test_keys(key_id: str, account: str, principal: str) -> None:
    caller = caller_of(key_id, "json", ports(Sessions()), NOW_MS - 1)
    assert (caller.account, caller.principal) == (account, principal)


def test_without_sts_every_key_is_unknown() -> None:
    assert caller_of("ASIAKNOWN", "json", ports(), NOW_MS).account == "000000000000"


@pytest.mark.parametrize(
    ("protocol", "code", "status", "text"),
    [
        ("query", "ExpiredToken", 403, "The security token included in the request is expired"),
        ("json", "ExpiredTokenException", 400, "The security token included in the request is expired"),
        ("smithy-rpc-v2-cbor", "ExpiredTokenException", 400, "The security token included in the request is expired"),
        ("rest-json", "ExpiredTokenException", 403, "The security token included in the request is expired"),
        ("rest-xml", "ExpiredToken", 400, "The provided token has expired."),
    ],
)
def test_an_expired_key_is_refused(protocol: str, code: str, status: int, text: str) -> None:
    with pytest.raises(AwsError) as caught:
        caller_of("ASIAKNOWN", protocol, ports(Sessions()), NOW_MS)
    error = caught.value
    assert (error.code, error.status, error.message) == (code, status, text)
