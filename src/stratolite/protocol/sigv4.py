"""Signature version 4: who a request says it is from, and how that is signed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from stratolite.core.errors import IncompleteSignature
from stratolite.http.message import Request

ALGORITHM = "AWS4-HMAC-SHA256"
_FIELD = re.compile(r"(\w+)=([^,\s]*)")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a signature says of its sender."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...] = ()
    signature: str = ""
    session_token: str = ""
    is_presigned: bool = False
    expires_s: int = 0
    signed_at: str = ""
    """``20260102T030405Z``."""


def credential_of(request: Request) -> Credential | None:
    """The credential of a request, from its header or its query; None when it carries none.

    Raises IncompleteSignature when it carries half of one.
    """
    header = request.headers.get("authorization")
    if header.startswith(ALGORITHM):
        return _from_header(header, request)
    if "X-Amz-Credential=" in request.query:
        return _from_query(request)
    if header.startswith("AWS "):
        # Signature version 2 of old S3 clients names only the key.
        return Credential(header[4:].partition(":")[0], "", "", "s3")
    return None


def _from_header(header: str, request: Request) -> Credential:
    fields = dict(_FIELD.findall(header))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    if missing:
        wanted = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise IncompleteSignature(
            f"{wanted} (Hashed with SHA-256 and encoded with Base64) Authorization={_digest(header)}"
        )
    key_id, date, region, service = _scope(fields["Credential"])
    return Credential(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(fields["SignedHeaders"].split(";")),
        signature=fields["Signature"],
        session_token=request.headers.get("x-amz-security-token"),
        signed_at=request.headers.get("x-amz-date"),
    )


def _from_query(request: Request) -> Credential:
    fields = dict(parse_qsl(request.query, keep_blank_values=True))
    key_id, date, region, service = _scope(fields.get("X-Amz-Credential", ""))
    expires = fields.get("X-Amz-Expires", "")
    return Credential(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(fields.get("X-Amz-SignedHeaders", "").split(";")),
        signature=fields.get("X-Amz-Signature", ""),
        session_token=fields.get("X-Amz-Security-Token", ""),
        is_presigned=True,
        expires_s=int(expires) if expires.isdecimal() else 0,
        signed_at=fields.get("X-Amz-Date", ""),
    )


def _scope(text: str) -> tuple[str, str, str, str]:
    parts = text.split("/")
    if len(parts) < 5:
        raise IncompleteSignature(
            f"Credential must have at least 5 slash-separated elements, not {len(parts)}: '{text}'"
        )
    return "/".join(parts[:-4]), parts[-4], parts[-3], parts[-2]


def _digest(text: str) -> str:
    import base64

    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key that signs requests of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def canonical_request(request: Request, signed_headers: Sequence[str], payload_hash: str, service: str) -> str:
    """The canonical form of a request, which is what is signed."""
    path = request.path if service == "s3" else quote(request.path, safe="/~")
    pairs = sorted(
        (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for name, _, value in (part.partition("=") for part in request.query.split("&") if part)
        if name != "X-Amz-Signature"
    )
    headers = "".join(
        f"{name}:{','.join(' '.join(value.split()) for value in request.headers.all(name))}\n"
        for name in signed_headers
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join([request.method, path, query, headers, ";".join(signed_headers), payload_hash])


def string_to_sign(signed_at: str, scope: str, canonical: str) -> str:
    """What the signing key signs."""
    return "\n".join([ALGORITHM, signed_at, scope, hashlib.sha256(canonical.encode()).hexdigest()])


def signature(key: bytes, text: str) -> str:
    """The signature, in hexadecimal."""
    return _hmac(key, text).hex()


def verify(request: Request, credential: Credential, secret: str, payload_hash: str) -> bool:
    """Whether a request was signed with ``secret``."""
    canonical = canonical_request(request, credential.signed_headers, payload_hash, credential.service)
    scope = f"{credential.date}/{credential.region}/{credential.service}/aws4_request"
    key = signing_key(secret, credential.date, credential.region, credential.service)
    expected = signature(key, string_to_sign(credential.signed_at, scope, canonical))
    return hmac.compare_digest(expected, credential.signature)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
