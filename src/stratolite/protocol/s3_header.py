"""What S3 says of an Authorization header that it cannot read: other words than every other service has, and XML.

Texts are AWS's. Sources: ex-aws/ex_aws#537 for the components, aws/aws-sdk-ruby#1276 for the credential,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html for the date.
"""

import re
from collections.abc import Mapping

from stratolite.core.errors import AwsError

_SCOPE = "/s3/aws4_request"
_COMPONENTS = ("Credential", "SignedHeaders", "Signature")
_CREDENTIAL = re.compile(rf".+/[^/]*/[^/]*{_SCOPE}")
_ASYMMETRIC = "AWS4-ECDSA-"


class AuthorizationHeaderMalformed(AwsError):
    """The header lacks a component, or its credential is none."""


class DateMissing(AwsError):
    """The request does not say when it was signed."""

    code = "AccessDenied"
    status = 403
    text = "AWS authentication requires a valid Date or x-amz-date header"


def is_for_s3(header: str) -> bool:
    """Whether a header of version 4 is meant for S3. One of version 4a is read as everywhere: it names no region."""
    return _SCOPE in header and not header.startswith(_ASYMMETRIC)


def check(components: Mapping[str, str], signed_at: str) -> None:
    """Raises AuthorizationHeaderMalformed, AccessDenied for what S3 does not take."""
    if not all(components.get(name) for name in _COMPONENTS):
        raise AuthorizationHeaderMalformed(
            "The authorization header is malformed; the authorization header requires three components: Credential, "
            "SignedHeaders, and Signature."
        )
    if not _CREDENTIAL.fullmatch(components["Credential"]):
        raise AuthorizationHeaderMalformed(
            "The authorization header is malformed; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    if not signed_at:
        raise DateMissing
