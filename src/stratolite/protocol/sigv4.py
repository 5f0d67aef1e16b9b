"""AWS Signature Version 4: who signed a request, and whether the signature is right.

Reading the credential is part of every request; computing a signature is pure and costs some 20 microseconds plus
a SHA-256 of the body. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote

from stratolite.core.errors import IncompleteSignature
from stratolite.http.message import Request
from stratolite.protocol import presigned, s3_header

ALGORITHM = "AWS4-HMAC-SHA256"
ASYMMETRIC = "AWS4-ECDSA-P256-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
FIELDS_MAX = 2_000
_USUAL = re.compile(
    rf"{ALGORITHM} Credential=([^/,\s]+)/([^/,\s]*)/([^/,\s]*)/([^/,\s]*)/aws4_request,"
    r" ?SignedHeaders=([^,\s]+), ?Signature=([^,\s]+)"
)
"""The header as SDKs write it; every other form is taken apart."""
_PARAMETERS = ("Credential", "Signature", "SignedHeaders")
_UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True)
class Credential:
    """Who signed, for which scope, and how."""

    access_key_id: str
    date: str = ""
    """``YYYYMMDD`` of the scope."""
    region: str = ""
    service: str = ""
    """The signing name (``dynamodb``, ``execute-api`` ...)."""
    signed_headers: tuple[str, ...] = ()
    signature: str = ""
    session_token: str = ""
    signed_at: str = ""
    """``YYYYMMDDTHHMMSSZ``."""
    expires_s: int | None = None
    """How long a presigned request is valid."""
    expires_at_s: int | None = None
    """When a request that was presigned in version 2 ends."""
    presigned: bool = False

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def credential_of(request: Request) -> Credential | None:
    """The credential in the header or the query; None for an unsigned request. Raises IncompleteSignature."""
    header = request.headers.get("authorization")
    if header:
        if header.startswith("AWS4-"):
            return _of_header(header, request)
        if header.startswith("AWS "):
            # Signature version 2, which old S3 tools still send.
            return Credential(header[4:].partition(":")[0].strip(), service="s3")
        return None
    if "X-Amz-" in request.query or "AWSAccessKeyId=" in request.query:
        return _of_query(request)
    return None


@lru_cache(256)
def _of_usual_header(header: str, signed_at: str, session_token: str) -> Credential | None:
    """A header as SDKs write it. Kept for a while, because the router and the pipeline both ask for it."""
    found = _USUAL.fullmatch(header)
    if found is None:
        return None
    key_id, date, region, service, signed_headers, signature = found.groups()
    return Credential(
        key_id, date, region, service, tuple(signed_headers.lower().split(";")), signature, session_token, signed_at
    )


def _of_header(header: str, request: Request) -> Credential:
    signed_at = request.headers.get("x-amz-date") or request.headers.get("date")
    usual = _of_usual_header(header, signed_at, request.headers.get("x-amz-security-token")) if signed_at else None
    if usual is not None:
        return usual
    parameters: dict[str, str] = {}
    for part in re.split(r"[,\s]+", header.partition(" ")[2].strip()):
        name, _, value = part.partition("=")
        parameters[name] = value
    if s3_header.is_for_s3(header):
        s3_header.check(parameters, signed_at)
    missing = [f"Authorization header requires '{name}' parameter." for name in _PARAMETERS if not parameters.get(name)]
    if not signed_at:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise IncompleteSignature(" ".join([*missing, f"Authorization={header}"]))
    key_id, date, region, service = _scope(parameters["Credential"], header)
    return Credential(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(parameters["SignedHeaders"].lower().split(";")),
        signature=parameters["Signature"],
        session_token=request.headers.get("x-amz-security-token"),
        signed_at=signed_at,
    )


def _of_query(request: Request) -> Credential | None:
    fields = _fields(request.query)
    if "X-Amz-Algorithm" not in fields and "X-Amz-Credential" not in fields:
        return _of_version_2(fields)
    missing = [f"'{name}'" for name in presigned.PARAMETERS if not fields.get(name)]
    if presigned.is_s3(fields):
        presigned.check_fields(fields)
    elif missing:
        raise IncompleteSignature(
            f"AWS query-string parameters must include {', '.join(missing)}. Re-examine the query-string parameters."
        )
    key_id, date, region, service = _scope(fields["X-Amz-Credential"], fields["X-Amz-Algorithm"])
    expires = fields.get("X-Amz-Expires", "")
    if expires and not (expires.isdecimal() and expires.isascii() and len(expires) < 10):
        raise presigned.AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    return Credential(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(fields["X-Amz-SignedHeaders"].lower().split(";")),
        signature=fields["X-Amz-Signature"],
        session_token=fields.get("X-Amz-Security-Token", ""),
        signed_at=fields["X-Amz-Date"],
        expires_s=int(expires) if expires else None,
        presigned=True,
    )


def _of_version_2(fields: Mapping[str, str]) -> Credential | None:
    key_id = fields.get("AWSAccessKeyId")
    if not key_id:
        return None
    expires = fields.get("Expires", "")
    if not fields.get("Signature") or not presigned.is_count(expires):
        raise presigned.PresignedAccessDenied
    return Credential(key_id, service="s3", expires_at_s=int(expires), presigned=True)


def _fields(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        # The parser of the operation refuses such a query in the form of its own protocol.
        return {}


def _scope(text: str, algorithm: str) -> tuple[str, str, str, str]:
    parts = text.split("/")
    if algorithm.startswith(ASYMMETRIC) and len(parts) >= 4:
        # Version 4a is valid in several regions and names none here.
        parts.insert(-2, "")
    if len(parts) < 5:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{text}'"
        )
    # A key id may itself contain slashes; the scope never does.
    return "/".join(parts[:-4]), parts[-4], parts[-3], parts[-2]


def claim(account: str, region: str, service: str, now_ms: int) -> list[tuple[str, str]]:
    """The headers with which this cloud asks itself: for whom, of which service, and when. The signature is nobody's;
    here the account is enough."""
    date = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{account}/{date[:8]}/{region}/{service}/aws4_request"
    signed = f"{ALGORITHM} Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return [("X-Amz-Date", date), ("Authorization", signed)]


def canonical_request(request: Request, credential: Credential, payload_hash: str) -> str:
    """The text whose hash is signed. S3 signs the path as it is sent, every other service encodes it once more."""
    path = request.path or "/"
    if credential.service != "s3":
        path = quote(path, safe=f"/{_UNRESERVED}")
    pairs = (field.partition("=") for field in request.query.split("&") if field)
    fields = [(_encoded(name), _encoded(value)) for name, _, value in pairs if unquote(name) != "X-Amz-Signature"]
    query = "&".join(f"{name}={value}" for name, value in sorted(fields))
    headers = "".join(
        f"{name}:{','.join(' '.join(value.split()) for value in request.headers.all(name))}\n"
        for name in credential.signed_headers
    )
    return "\n".join((request.method, path, query, headers, ";".join(credential.signed_headers), payload_hash))


def _encoded(text: str) -> str:
    """A query name or value in the one encoding that is signed."""
    return quote(unquote(text.replace("+", " ")), safe=_UNRESERVED)


def signature(request: Request, credential: Credential, secret_key: str, payload_hash: str = "") -> str:
    """The signature that the request ought to have, in hexadecimal.

    ``payload_hash`` defaults to what the client declared, else to the hash of the body.
    """
    declared = UNSIGNED_PAYLOAD if credential.presigned and credential.service == "s3" else ""
    payload_hash = (
        payload_hash
        or request.headers.get("x-amz-content-sha256")
        or declared
        or hashlib.sha256(request.body).hexdigest()
    )
    to_sign = string_to_sign(credential, canonical_request(request, credential, payload_hash))
    return _sign(signing_key(secret_key, credential), to_sign).hex()


def string_to_sign(credential: Credential, canonical: str) -> str:
    """What the key signs: the hash of a canonical request, with its time and scope."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join((ALGORITHM, credential.signed_at, credential.scope, digest))


def signing_key(secret_key: str, credential: Credential) -> bytes:
    """The key derived for one day, region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = _sign(key, part)
    return key


def verify(request: Request, credential: Credential, secret_key: str, payload_hash: str = "") -> bool:
    """Whether the signature is right. Times are the caller's to check."""
    expected = signature(request, credential, secret_key, payload_hash)
    return hmac.compare_digest(expected.encode(), credential.signature.encode())


def _sign(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
