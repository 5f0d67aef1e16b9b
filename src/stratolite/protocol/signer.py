"""Who signed a request to something that is deployed here: an API of API Gateway, a function's URL.

A temporary key that STS issued here is checked whole: its token, its time, its signature. Of every other key the secret
is not known, and whoever reaches this machine's port is trusted, as for the APIs of AWS (``server/caller.py``): twelve
digits speak for that account, everything else for the default one. The time at which a request was signed is not looked
at, because the cloud's clock can be moved and its clients' cannot.

Texts are AWS's.
Sources: https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch; with the canonical string, mhart/aws4#33;
for scopes, n8n-io/n8n#21337 and aws/aws-sdk-js#3571; for headers of other schemes, kouhan.cn/en/article/00039538.
"""

import hashlib
import hmac
from dataclasses import dataclass

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.errors import AwsError
from stratolite.core.ports import Ports
from stratolite.core.ports.identities import Identity
from stratolite.http.message import Request
from stratolite.protocol.sigv4 import Credential, canonical_request, credential_of, string_to_sign, verify

SERVICE = "execute-api"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request"
    " should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed."""

    access_key_id: str
    account: str
    principal: str
    """ARN of a role's session, or of the account's root."""
    user_id: str
    """``AROA...:session``, or the account for its root."""

    @property
    def iam(self) -> dict[str, str | None]:
        """``requestContext.authorizer.iam`` of events of format 2.0:
        https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads"""
        return {
            "accessKey": self.access_key_id,
            "accountId": self.account,
            "callerId": self.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": self.principal,
            "userId": self.user_id,
        }


class Unsigned(Exception):
    """Nobody knows who signed. ``kind`` and ``error_type``: the gateway response and the exception of REST APIs."""

    def __init__(self, kind: str, message: str, error_type: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.error_type = error_type


class Expired(Unsigned):
    """The credentials are known and their time is over."""

    def __init__(self) -> None:
        super().__init__(
            "EXPIRED_TOKEN", "The security token included in the request is expired", "ExpiredTokenException"
        )


def signer_of(request: Request, body: bytes, region: str, ports: Ports, now_ms: int) -> Signer:
    """Who signed a request to a deployed API, checked as far as its key allows. Raises Unsigned.

    Costs a SHA-256 of the body, one query, and some 30 µs for a temporary key.
    """
    credential = _credential(request)
    if credential.service != SERVICE:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'. ")
    if credential.region != region:
        raise _invalid("Credential should be scoped to a valid region.")
    identity = _identity(credential, ports)
    signer = _signer(credential, identity, region, now_ms)
    if identity is not None:
        _check(request, body, credential, identity)
    return signer


def named_by(credential: Credential, ports: Ports, now_ms: int) -> Signer:
    """Whom a credential names, without a look at the signature. Raises Expired."""
    return _signer(credential, _identity(credential, ports), credential.region, now_ms)


def _identity(credential: Credential, ports: Ports) -> Identity | None:
    return ports.identity.resolve(credential.access_key_id) if ports.offers("identity") else None


def _signer(credential: Credential, identity: Identity | None, region: str, now_ms: int) -> Signer:
    key_id = credential.access_key_id
    if identity is not None:
        if identity.expires_ms <= now_ms:
            raise Expired
        return Signer(key_id, identity.account, identity.principal, identity.user_id)
    account = key_id if len(key_id) == 12 and key_id.isascii() and key_id.isdigit() else ACCOUNT_DEFAULT
    return Signer(key_id, account, str(Arn("iam", "", account, "root", partition_of(region))), account)


def _credential(request: Request) -> Credential:
    header = request.headers.get("authorization")
    try:
        if header and not header.startswith("AWS4-"):
            raise _incomplete(_unreadable(header))
        credential = credential_of(request)
    except AwsError as error:
        raise _incomplete(error.message) from None
    if credential is None:
        raise Unsigned(
            "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", "MissingAuthenticationTokenException"
        )
    return credential


def _unreadable(header: str) -> str:
    """What is wrong with the header of another scheme."""
    for part in header.partition(" ")[2].split(","):
        if part.strip() and "=" not in part:
            return (
                f"'{part.strip()}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
            )
    names = ("Credential", "Signature", "SignedHeaders")
    missing = " ".join(f"Authorization header requires '{name}' parameter." for name in names)
    return (
        f"{missing} Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        f"Authorization={header}"
    )


def _check(request: Request, body: bytes, credential: Credential, identity: Identity) -> None:
    if not hmac.compare_digest(credential.session_token.encode(), identity.session_token.encode()):
        raise Unsigned(
            "DEFAULT_4XX", "The security token included in the request is invalid.", "UnrecognizedClientException"
        )
    # What the client says of its body is signed, and does not take the place of the body.
    payload_hash = hashlib.sha256(body).hexdigest()
    if not verify(request, credential, identity.secret_access_key, payload_hash):
        canonical = canonical_request(request, credential, payload_hash)
        raise _invalid(_MISMATCH.format(canonical=canonical, to_sign=string_to_sign(credential, canonical)))


def _invalid(message: str) -> Unsigned:
    return Unsigned("INVALID_SIGNATURE", message, "InvalidSignatureException")


def _incomplete(message: str) -> Unsigned:
    return Unsigned("DEFAULT_4XX", message, "IncompleteSignatureException")
