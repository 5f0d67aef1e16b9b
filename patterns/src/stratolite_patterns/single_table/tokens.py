"""Page tokens: where the next page begins, signed, and bound to the query that gave it.

A token is the key of the last item and a code (HMAC-SHA-256, 128 bits) over it and the query. It is opaque, not secret:
whoever got the page has seen the item. A token of another query, of another caller's partition, or with one bit
changed is refused.
"""

import json
from collections.abc import Sequence

from stratolite_patterns.single_table.errors import InvalidPageToken

CODE_BYTES = 16
TOKEN_CHARACTERS_MAX = 16_384
"""Above what four keys of their greatest lengths take."""
_VERSION = b"\x01"


def write(start: Sequence[str], query: Sequence[object], keys: Sequence[bytes]) -> str:
    """A token; the first key signs."""
    import base64

    payload = json.dumps(start, ensure_ascii=False, separators=(",", ":")).encode()
    token = _VERSION + _code(payload, query, keys[0]) + payload
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def read(token: str, query: Sequence[object], keys: Sequence[bytes]) -> list[str]:
    """Where the page begins. Any of the keys may have signed, so that they can be rotated. Raises InvalidPageToken."""
    import base64
    import hmac

    refused = InvalidPageToken("the page token is not one that this query gave")
    if not isinstance(token, str) or not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
        raise refused
    try:
        held = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise refused from None
    code, payload = held[1 : 1 + CODE_BYTES], held[1 + CODE_BYTES :]
    if held[:1] != _VERSION or not any(hmac.compare_digest(code, _code(payload, query, key)) for key in keys):
        raise refused
    start: list[str] = json.loads(payload)
    return start


def _code(payload: bytes, query: Sequence[object], key: bytes) -> bytes:
    import hashlib
    import hmac

    context = json.dumps(query, ensure_ascii=False, separators=(",", ":")).encode()
    message = len(context).to_bytes(8, "big") + context + payload
    return hmac.digest(key, message, hashlib.sha256)[:CODE_BYTES]
