"""Presigned requests of S3: what their query must say, when they end, and the headers that the query stands for.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html and recorded answers
(TestS3PresignedUrl).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from stratolite.core.errors import AwsError
from stratolite.http.message import Request

if TYPE_CHECKING:
    from stratolite.protocol.sigv4 import Credential

PARAMETERS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
LIFE_S_MAX = 604_800
_SCOPE_END = "/s3/aws4_request"
_HEADER_PREFIX = "x-amz-"
_UNSIGNED = frozenset({"x-amz-content-sha256"})
"""Headers that need not be signed."""
_NO_HEADERS = frozenset({name.lower() for name in PARAMETERS}) | {
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "x-amz-sdk-checksum-algorithm",
}
_CHECKSUM_PREFIX = "x-amz-checksum-"


class AuthorizationQueryParametersError(AwsError):
    """The query of a presigned request lacks a part, or has a wrong one."""

    text = (
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


class PresignedAccessDenied(AwsError):
    """S3 does not take a presigned request, or does not take it any more."""

    code = "AccessDenied"
    status = 403
    text = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"


def is_s3(fields: Mapping[str, str]) -> bool:
    """Whether the fields of a query are those of a presigned request of S3."""
    return unquote(fields.get("X-Amz-Credential", "")).endswith(_SCOPE_END)


def check_fields(fields: Mapping[str, str]) -> None:
    """Raises AuthorizationQueryParametersError for what S3 does not take."""
    expires = fields.get("X-Amz-Expires")
    if expires is None or any(not fields.get(name) for name in PARAMETERS):
        raise AuthorizationQueryParametersError
    if not fields["X-Amz-Credential"].endswith(_SCOPE_END):
        raise AuthorizationQueryParametersError(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    if expires.startswith("-") and is_count(expires[1:]):
        raise AuthorizationQueryParametersError("X-Amz-Expires must be non-negative")
    if not is_count(expires):
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    if int(expires) > LIFE_S_MAX:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{LIFE_S_MAX} seconds"
        )
    try:
        _epoch_s(fields["X-Amz-Date"])
    except ValueError as error:
        raise AuthorizationQueryParametersError(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from error


def is_count(text: str) -> bool:
    """Whether a text is a whole number that is not absurdly long."""
    return text.isdecimal() and text.isascii() and len(text) < 12


def accept(request: Request, credential: "Credential", now_ms: int) -> None:
    """Take a presigned request of S3: its query may stand for headers, which it has from then on.

    Raises AccessDenied when its time is over, and for headers that were not signed.
    """
    _require_fresh(credential, now_ms)
    if credential.signed_headers:
        _require_signed(request, credential)
    _lift_headers(request)


def _require_fresh(credential: "Credential", now_ms: int) -> None:
    if credential.expires_at_s is not None:
        ends_s, said = credential.expires_at_s, {}
    elif credential.expires_s is not None:
        ends_s, said = _epoch_s(credential.signed_at) + credential.expires_s, {"X-Amz-Expires": credential.expires_s}
    else:
        return
    if now_ms >= ends_s * 1000:
        times = {"Expires": _written(ends_s), "ServerTime": _written(now_ms // 1000)}
        raise PresignedAccessDenied("Request has expired", **said, **times)


def _require_signed(request: Request, credential: "Credential") -> None:
    """Headers of S3 say what is done: nobody adds one to a request that another has signed."""
    signed = _UNSIGNED.union(credential.signed_headers)
    added = [name for name, _ in request.headers.fields if name.startswith(_HEADER_PREFIX) and name not in signed]
    if added:
        raise PresignedAccessDenied(
            "There were headers present in the request which were not signed", HeadersNotSigned=", ".join(added)
        )


def _lift_headers(request: Request) -> None:
    """Give a request the headers that its query stands for, as SDKs write them there (``x-amz-meta-...``).

    Checksums are none of them: SDKs write that of a body which they do not have yet, and S3 ignores it.
    """
    for field, value in parse_qsl(request.query, keep_blank_values=True):
        name = field.lower()
        if (
            name.startswith(_HEADER_PREFIX)
            and name not in _NO_HEADERS
            and not name.startswith(_CHECKSUM_PREFIX)
            and name not in request.headers
        ):
            # As a header's bytes are read.
            request.headers = request.headers.adding(name, value.encode().decode("latin-1"))


def _epoch_s(text: str) -> int:
    """The seconds of ``YYYYMMDDTHHMMSSZ``. Raises ValueError."""
    return int(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())


def _written(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
