"""What S3 says of an Authorization header that it cannot read: other words than every other service has, and XML.

Texts are AWS's. Sources: ex-aws/ex_aws#537 for the components, aws/aws-sdk-ruby#1276 for the credential, rclone's
amazonclouddrive for a header beside a presigned query, ceph/s3-tests (bad_authorization_invalid_aws2)
for version 2, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html for the date.
"""

import re
from collections.abc import Mapping

from stratolite.core.errors import AwsError

_SCOPE = "/s3/aws4_request"
_COMPONENTS = ("Credential", "SignedHeaders", "Signature")
_CREDENTIAL = re.compile(rf".+/[^/]*/[^/]*{_SCOPE}")
_ASYMMETRIC = "AWS4-ECDSA-"
_ONE_MECHANISM = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or "
    "the Authorization header should be specified"
)
_ONE_SPACE = "Authorization header is invalid -- one and only one ' ' (space) required"
_VERSION_4 = "AWS4-"
_VERSION_2 = re.compile(r"[^:]+:[^:]+")


class AuthorizationHeaderMalformed(AwsError):
    """The header lacks a component, or its credential is none."""


class InvalidArgument(AwsError):
    """The header is none that S3 takes, or not the only thing that says who asks."""


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


def check_mechanism(header: str, query: str) -> None:
    """Raises InvalidArgument for a header beside a presigned query, or of another kind than the two that S3 reads."""
    if not header or (not query and header.startswith(_VERSION_4)):
        return
    if "X-Amz-Signature=" in query or ("AWSAccessKeyId=" in query and "Signature=" in query):
        raise _invalid(_ONE_MECHANISM, header)
    scheme, space, rest = header.partition(" ")
    if not space:
        raise _invalid(_ONE_SPACE, header)
    if scheme == "AWS":
        if " " in rest:
            raise _invalid(_ONE_SPACE, header)
        if not _VERSION_2.fullmatch(rest):
            raise _invalid("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature", header)
    elif not scheme.startswith(_VERSION_4):
        raise _invalid("Unsupported Authorization Type", header)


def _invalid(text: str, header: str) -> InvalidArgument:
    return InvalidArgument(text, ArgumentName="Authorization", ArgumentValue=header)
