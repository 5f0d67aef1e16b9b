"""Limits, and checks beyond the model, with AWS's texts. The model's own constraints are not checked for S3: it answers
each with an error of its own.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and recorded answers of the service.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.http.message import NO_BODY, Body
from stratolite.protocol.chunked import ChunkedBody
from stratolite.protocol.models import service_model
from stratolite.services.s3 import api

KEY_BYTES_MAX = 1024
METADATA_BYTES_MAX = 2048
OBJECT_BYTES_MAX = 5 * 1024**3
"""The most that one PutObject may carry."""
PART_BYTES_MIN = 5 * 1024**2
"""The least that a part may have, unless it is the last."""
PARTS_MAX = 10_000
_TOLD_NAMES = {"max-keys": "maxKeys"}
"""What AWS calls an argument that is out of its range, where that is not its name."""
PAGE_MAX = 1000
DELETED_AT_ONCE_MAX = 1000
BUCKETS_MAX = 10_000
INTEGER_MAX = 2**31 - 1

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects cannot be read before they are restored."""
STORAGE_CLASSES = frozenset(
    {"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", *ARCHIVED}
)

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_APART = ("..", ".-", "-.")
"""Labels of a name, which dots separate, begin and end with a letter or a digit."""
_FORMER_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}")
"""Buckets of us-east-1 once had such names, and have them still."""
_ADDRESS = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_VERSION_ID = re.compile(r"[A-Za-z0-9._]{32}", re.ASCII)
_EU = "EU"
_GLOBAL = "aws-global"
"""A region of endpoints alone, which signs nothing."""


def bucket_name(name: str) -> None:
    """Raises InvalidBucketName unless a bucket may be made with this name."""
    if (
        not _BUCKET_NAME.fullmatch(name)
        or any(pair in name for pair in _APART)
        or _ADDRESS.fullmatch(name)
        or name.startswith(_RESERVED_PREFIXES)
        or name.endswith(_RESERVED_SUFFIXES)
    ):
        raise api.InvalidBucketName(BucketName=name)


def is_bucket_name(name: str) -> bool:
    """Whether there may be a bucket of this name."""
    return _FORMER_BUCKET_NAME.fullmatch(name) is not None and not _ADDRESS.fullmatch(name)


def object_key(key: str) -> str:
    """The key. Raises KeyTooLongError, InvalidURI for bytes that are no UTF-8."""
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError as error:
        raise api.InvalidURI from error
    if size_bytes > KEY_BYTES_MAX:
        raise api.KeyTooLongError(Size=size_bytes, MaxSizeAllowed=KEY_BYTES_MAX)
    return key


def invalid(text: str, name: str, value: Any = None) -> api.InvalidArgument:
    """InvalidArgument, with the argument's name and value."""
    return api.InvalidArgument(text, ArgumentName=name, ArgumentValue=value)


def refuse(request: Mapping[str, Any], *names: str) -> None:
    """Raises NotImplementedHere for parameters that would have no effect here."""
    if request.keys().isdisjoint(names):
        return
    for name in names:
        if request.get(name) not in (None, "", False):
            raise NotImplementedHere(f"The parameter {name} is not implemented by this version of Stratolite.")


def expected_owner(request: Mapping[str, Any], account: str, member: str = "ExpectedBucketOwner") -> None:
    """Raises AccessDenied when a bucket is not of the account that the request expects."""
    expected = request.get(member)
    if expected is None:
        return
    if not _ACCOUNT.fullmatch(expected):
        raise api.InvalidBucketOwnerAWSAccountID(
            f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
        )
    if expected != account:
        raise api.AccessDenied


def owner(account: str) -> api.Owner:
    """An account's canonical user: 64 hexadecimal digits, as other accounts see it."""
    return {"ID": hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()}


def initiator(account: str) -> api.Initiator:
    """Who began an upload."""
    return {"ID": f"arn:aws:iam::{account}:root", "DisplayName": account}


# Regions -------------------------------------------------------------------------------------------------------------


def is_region(name: str) -> bool:
    """Whether S3 knows a region by this name."""
    return name == "us-east-1" or (name in _constraints() and name != _EU)


def location(constraint: str | None, region: str) -> str:
    """The region that a bucket is made in, for a request that reached a region.

    Raises InvalidLocationConstraint, IllegalLocationConstraintException, AuthorizationHeaderMalformed.
    """
    if region == _GLOBAL or not (constraint or is_region(region)):
        # Clients that sign for a region of their own, as s3cmd does for ``US``, learn the right one from this.
        raise api.AuthorizationHeaderMalformed(
            f"The authorization header is malformed; the region '{region}' is wrong; expecting 'us-east-1'",
            Region="us-east-1",
        )
    if region == "us-east-1":
        if not constraint:
            return region
        if constraint not in _constraints():
            raise api.InvalidLocationConstraint(LocationConstraint=constraint)
        return "eu-west-1" if constraint == _EU else constraint
    if constraint == _EU and region == "eu-west-1":
        return region
    if constraint != region:
        raise api.IllegalLocationConstraintException(
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to."
        )
    return region


def _constraints() -> frozenset[str]:
    names: frozenset[str] = frozenset(service_model("s3").shape("BucketLocationConstraint").raw["enum"])
    return names


# What is said of an object -------------------------------------------------------------------------------------------


def storage_class(request: Mapping[str, Any]) -> str:
    """The storage class of an upload. Raises InvalidStorageClass."""
    name: str = request.get("StorageClass", "STANDARD")
    if name not in STORAGE_CLASSES:
        raise api.InvalidStorageClass(StorageClassRequested=name)
    return name


def metadata(pairs: Mapping[str, str]) -> None:
    """Raises MetadataTooLarge beyond 2 KB of names and values together."""
    size_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in pairs.items())
    if size_bytes > METADATA_BYTES_MAX:
        raise api.MetadataTooLarge(Size=size_bytes, MaxSizeAllowed=METADATA_BYTES_MAX)


class MissingContentLength(AwsError):
    """A request with neither a body nor a word of its size."""

    status = 411
    text = "You must provide the Content-Length HTTP header."


def announced_size(request: Mapping[str, Any], body: Body | bytes) -> None:
    """Raises MissingContentLength, EntityTooLarge for more than one upload may carry, and NotImplemented for a stream
    that does not say how long it is: S3 takes none, and clients of HTTP send files and pipes so if nobody stops them.

    Source: aws/aws-sdk-js#1237, aws/aws-sdk-go#4944.
    """
    size_bytes = request.get("ContentLength")
    if size_bytes is not None:
        proposed_size(size_bytes)
    elif body is NO_BODY:
        raise MissingContentLength
    elif isinstance(body, Body) and not isinstance(body, ChunkedBody):
        raise api.NotImplemented(Header="Transfer-Encoding")


def proposed_size(size_bytes: int) -> None:
    """Raises EntityTooLarge for more than one upload may carry."""
    if size_bytes > OBJECT_BYTES_MAX:
        raise api.EntityTooLarge(ProposedSize=size_bytes, MaxSizeAllowed=OBJECT_BYTES_MAX)


def page_size(request: Mapping[str, Any], member: str = "MaxKeys", wire_name: str = "max-keys") -> int:
    """How many entries a page may have. Raises InvalidArgument below zero."""
    return min(natural(request.get(member, PAGE_MAX), wire_name), PAGE_MAX)


def natural(value: int, wire_name: str) -> int:
    """A whole number that is not negative. Raises InvalidArgument."""
    if not 0 <= value <= INTEGER_MAX:
        told = _TOLD_NAMES.get(wire_name, wire_name)
        raise invalid(f"Argument {told} must be an integer between 0 and {INTEGER_MAX}", told, value)
    return value


def part_number(number: int | None) -> None:
    """Raises InvalidArgument for a number that no part can have, or for none where one has to be."""
    if number is None or not 1 <= number <= PARTS_MAX:
        text = f"Part number must be an integer between 1 and {PARTS_MAX}, inclusive"
        raise invalid(text, "partNumber", "" if number is None else number)


def encoding_type(request: Mapping[str, Any]) -> bool:
    """Whether keys are to be URL-encoded. Raises InvalidArgument for an unknown encoding."""
    kind = request.get("EncodingType")
    if kind not in (None, "url"):
        raise invalid("Invalid Encoding Method specified in Request", "encoding-type", kind)
    return kind == "url"


def is_version_id(text: str) -> bool:
    """Whether a text has the form of a version id."""
    return _VERSION_ID.fullmatch(text) is not None
