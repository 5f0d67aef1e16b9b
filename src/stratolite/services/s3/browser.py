"""Browsers: the preflight of cross-origin requests, and uploads by forms.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stratolite.core.call import REGION_DEFAULT, Call
from stratolite.core.errors import AwsError
from stratolite.http.message import Request, Response
from stratolite.protocol import timestamps
from stratolite.protocol.checksums import HEADER_PREFIX
from stratolite.protocol.faults import fault, request_headers
from stratolite.protocol.models import service_model
from stratolite.protocol.parse.xml import parse_xml
from stratolite.protocol.serialize.xml import DECLARATION, escape
from stratolite.protocol.uri import bucket_path, decode_label
from stratolite.services.s3 import (
    S3,
    api,
    checksums,
    content,
    cors,
    encoded_words,
    form,
    notifications,
    post_policy,
    rules,
    tagging,
    upload,
)
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.lookup import bucket_of

_METADATA_PREFIX = "x-amz-meta-"
_NO_ALGORITHM = frozenset({HEADER_PREFIX + "algorithm", HEADER_PREFIX + "type"})
_MEMBERS = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "expires": "Expires",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-server-side-encryption-customer-key": "SSECustomerKey",
    "x-amz-server-side-encryption-customer-key-md5": "SSECustomerKeyMD5",
    "x-amz-object-lock-mode": "ObjectLockMode",
    "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
    **{HEADER_PREFIX + algorithm.lower(): member for member, algorithm in checksums.OF_MEMBER.items()},
}
"""The fields of a form that say what PutObject's members say."""


async def answer(s3: S3, request: Request) -> Response:
    """Answer an OPTIONS request or a form."""
    model = service_model("s3")
    request_id = s3.world.entropy.uuid()
    try:
        if request.method == "OPTIONS":
            response = _preflight(s3, request)
        else:
            response = await _post(s3, request, request_id)
    except AwsError as error:
        return fault(model, "rest-xml", error, request_id, request)
    response.headers += request_headers(model, request_id)
    return response


def _preflight(s3: S3, request: Request) -> Response:
    name, _, key = bucket_path(request)[1:].partition("/")
    headers = cors.preflight(s3.store.bucket(decode_label(name)), request, has_key=bool(key))
    return Response(200, headers)


async def _post(s3: S3, request: Request, request_id: str) -> Response:
    """Keep the file of a form as an object, as far as the form's policy lets it."""
    name, _, key = bucket_path(request)[1:].partition("/")
    if key:
        raise api.MethodNotAllowed(Method="POST", ResourceType="OBJECT")
    boundary = form.boundary_of(request.headers.get("content-type"))
    sent = await form.read(request.stream, boundary)
    call = Call(request_id=request_id, now_ms=s3.world.clock.now_ms(), region=REGION_DEFAULT, names_region=False)
    bucket = bucket_of(call, s3, {"Bucket": decode_label(name)})
    policy = post_policy.of_form(sent.fields, call.now_ms)
    if policy is not None:
        policy.check_fields(sent.fields, bucket.name)
    if "key" not in sent.fields:
        raise post_policy.missing("key")
    if not sent.fields["key"]:
        raise rules.invalid("User key must have a length greater than 0.", "key", "")
    if sent.file is None:
        raise api.InvalidArgument(
            "POST requires exactly one file upload per request.", ArgumentName="file", ArgumentValue=0
        )
    put = _as_put(bucket, sent)
    drafted = upload.draft(call, bucket, put)
    claim = checksums.claim(put, sent.file)
    received = await content.receive(s3.world.blobs, sent.file, claim)
    try:
        if policy is not None:
            policy.check_size(received.size_bytes)
    except AwsError:
        received.discard()
        raise
    bucket, version = await upload.commit(call, s3, put, drafted, received, notifications.POST)
    return _created(request, bucket, version, sent)


def _as_put(bucket: Bucket, sent: form.Form) -> dict[str, Any]:
    """The form as a request of PutObject. Raises InvalidArgument, InvalidRequest, InvalidTag."""
    for name in sent.fields:
        if name.startswith(HEADER_PREFIX) and name not in _MEMBERS and name not in _NO_ALGORITHM:
            raise api.InvalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
    put: dict[str, Any] = {"Bucket": bucket.name, "Key": sent.fields["key"]}
    put.update({member: _as_header(sent.fields[name]) for name, member in _MEMBERS.items() if name in sent.fields})
    # A form has texts, of which none is an encoded word.
    put["Metadata"] = {
        name.removeprefix(_METADATA_PREFIX): encoded_words.word_of(value)
        for name, value in sent.fields.items()
        if name.startswith(_METADATA_PREFIX)
    }
    until = sent.fields.get("x-amz-object-lock-retain-until-date")
    if until:
        put["ObjectLockRetainUntilDate"] = _as_time(until)
    if sent.fields.get("tagging"):
        model = service_model("s3")
        parsed = parse_xml(model, model.shape("Tagging"), sent.fields["tagging"].encode())
        tags = tagging.of_set(
            parsed.get("TagSet", []),
            limit=tagging.OBJECT_TAGS_MAX,
            system_tag="Your TagKey cannot be prefixed with aws:",
        )
        put["Tagging"] = urlencode(tags)
    return put


def _as_time(text: str) -> int | float:
    """A time in seconds. Raises InvalidArgument."""
    try:
        return timestamps.parse(text)
    except ValueError as error:
        name = "x-amz-object-lock-retain-until-date"
        raise api.InvalidArgument(
            "The retain until date must be provided in ISO 8601 format", ArgumentName=name, ArgumentValue=text
        ) from error


def _as_header(text: str) -> str:
    """What a header can say of a text: a space stands for every character beyond Latin-1."""
    return "".join(char if char < "\u0100" else " " for char in text)


def _created(request: Request, bucket: Bucket, version: Version, sent: form.Form) -> Response:
    location = f"{request.scheme}://{request.host}/{bucket.name}/{quote(version.key, safe='')}"
    headers = [("etag", version.quoted_etag), ("location", location), *cors.granted(bucket, request)]
    if bucket.versioning:
        headers.append(("x-amz-version-id", version.version_id))
    redirect = sent.fields.get("success_action_redirect") or sent.fields.get("redirect")
    if redirect and urlsplit(redirect).scheme in ("http", "https"):
        more = urlencode({"bucket": bucket.name, "key": version.key, "etag": version.quoted_etag})
        target = f"{redirect}{'&' if urlsplit(redirect).query else '?'}{more}"
        return Response(303, [*((n, v) for n, v in headers if n != "location"), ("location", target)])
    status = sent.fields.get("success_action_status")
    if status == "201":
        said = {"Location": location, "Bucket": bucket.name, "Key": version.key, "ETag": version.quoted_etag}
        elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items())
        body = f"{DECLARATION}<PostResponse>{elements}</PostResponse>".encode()
        return Response(201, [*headers, ("content-type", "application/xml")], body)
    return Response(200 if status == "200" else 204, headers)
