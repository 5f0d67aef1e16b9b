"""Serves websites: what browsers get at a bucket's website endpoint.

``photos.s3-website-us-east-1.amazonaws.com`` is one, and ``photos.s3-website.localhost:4566`` leads to it on this
machine. Everybody may read, as everywhere here. Errors are pages, the bucket's own or AWS's.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html and recorded answers
(TestS3StaticWebsiteHosting).
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.http.message import Request, Response
from stratolite.protocol.codec import codec
from stratolite.protocol.faults import request_headers
from stratolite.protocol.models import service_model
from stratolite.protocol.uri import bucket_of_host, decode_label
from stratolite.services.s3 import S3, api, cors, website
from stratolite.services.s3.domain import Bucket
from stratolite.services.s3.operations import objects

_REASONS = {
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    416: "Requested Range Not Satisfiable",
}
_CONDITIONS = ("Range", "IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince")
_LOST = "An Error Occurred While Attempting to Retrieve a Custom Error Document"


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request to a website."""

    call: Call
    request: Request
    key: str
    """What the path says, decoded, without its first slash."""


async def answer(s3: S3, request: Request) -> Response:
    """What a website answers: an object, a redirection, or a page that tells of an error."""
    request_id = s3.world.entropy.uuid()
    call = Call(request_id=request_id, now_ms=s3.world.clock.now_ms(), names_region=False)
    response = await s3.world.database.transact(lambda: _answer(s3, call, request))
    response.headers += request_headers(service_model("s3"), request_id)
    return response


def _answer(s3: S3, call: Call, request: Request) -> Response:
    name = bucket_of_host(request.host)
    bucket = s3.store.bucket(name)
    try:
        visit = _Visit(call, request, _key(request))
        if request.method not in ("GET", "HEAD"):
            raise api.MethodNotAllowed(Method=request.method, ResourceType="OBJECT")
        if bucket is None:
            raise api.NoSuchBucket(BucketName=name)
        configuration = bucket.settings.get(website.SETTING)
        if configuration is None:
            raise api.NoSuchWebsiteConfiguration(BucketName=name)
    except AwsError as error:
        return _page(call, request, error)
    response = _visited(s3, bucket, configuration, visit)
    response.headers += cors.granted(bucket, request)
    return response


def _key(request: Request) -> str:
    """What a path says of a key. Raises InvalidURI for bytes that are no UTF-8."""
    try:
        return decode_label(request.path)[1:]
    except UnicodeDecodeError as error:
        raise api.InvalidURI from error


def _visited(s3: S3, bucket: Bucket, configuration: Mapping[str, Any], visit: _Visit) -> Response:
    """A redirection of the configuration's, else an object, else what stands for the error."""
    request, key = visit.request, visit.key
    everything = configuration.get("RedirectAllRequestsTo")
    if everything is not None:
        scheme = everything.get("Protocol", website.SCHEME)
        query = f"?{request.query}" if request.query else ""
        return _redirection(301, f"{scheme}://{everything['HostName']}{request.path}{query}")
    rules = configuration.get("RoutingRules", [])
    rule = website.rule_for(rules, key, None)
    if rule is not None:
        return _redirection(*website.redirected(rule, key, request.host))
    suffix = configuration["IndexDocument"]["Suffix"]
    is_folder = not key or key.endswith("/")
    try:
        return _read(s3, bucket, visit, f"{key}{suffix}" if is_folder else key)
    except api.NotModified:
        return Response(304)
    except AwsError as error:
        if error.status == 404 and not is_folder and _is_there(s3, bucket, f"{key}/{suffix}"):
            return _redirection(302, f"/{quote(key)}/")
        rule = website.rule_for(rules, key, error.status)
        if rule is not None:
            return _redirection(*website.redirected(rule, key, request.host))
        return _failed(s3, bucket, configuration, visit, error)


def _is_there(s3: S3, bucket: Bucket, key: str) -> bool:
    version = s3.store.current(bucket.name, key)
    return version is not None and not version.is_delete_marker


def _read(s3: S3, bucket: Bucket, visit: _Visit, key: str, *, is_error: bool = False) -> Response:
    """An object, or where it says that it has gone to. Raises NoSuchKey, and the errors of conditions."""
    operation = "HeadObject" if visit.request.method == "HEAD" else "GetObject"
    encoding = codec(service_model("s3"), operation, "rest-xml")
    said = encoding.parse(visit.request)
    asked: dict[str, Any] = {"Bucket": bucket.name, "Key": key}
    if not is_error:
        asked.update({name: said[name] for name in _CONDITIONS if name in said})
    read = objects.head_object if operation == "HeadObject" else objects.get_object
    result = read(visit.call, s3, asked)  # type: ignore[arg-type]
    elsewhere = result.pop("WebsiteRedirectLocation", None)
    if elsewhere is not None and not is_error:
        return _redirection(301, elsewhere)
    return encoding.serialize(result, visit.call.request_id, visit.request)


def _failed(s3: S3, bucket: Bucket, configuration: Mapping[str, Any], visit: _Visit, error: AwsError) -> Response:
    """The bucket's own page for an error, else AWS's, which tells of the own page that is missing, too."""
    own = configuration.get("ErrorDocument", {}).get("Key")
    if own is None or not 400 <= error.status < 500:
        return _page(visit.call, visit.request, error)
    try:
        response = _read(s3, bucket, visit, own, is_error=True)
    except AwsError as lost:
        return _page(visit.call, visit.request, error, lost, own)
    response.status = error.status
    response.headers += _told(error)
    return response


def _redirection(status: int, address: str) -> Response:
    return Response(status, [("location", address)])


def _told(error: AwsError) -> list[tuple[str, str]]:
    """The headers that tell of an error."""
    details = [(f"x-amz-error-detail-{name}", value) for name, value in _elements(error).items()]
    return [("x-amz-error-code", error.code), ("x-amz-error-message", error.message), *details]


def _elements(error: AwsError) -> dict[str, str]:
    """What an error says beside its code and text; what is named like a header is none of it."""
    return {name: str(value) for name, value in error.fields.items() if value is not None and not name.islower()}


def _page(call: Call, request: Request, error: AwsError, lost: AwsError | None = None, own: str = "") -> Response:
    """AWS's page for an error."""
    title = f"{error.status} {_REASONS.get(error.status, error.code)}"
    lines = ["<html>", f"<head><title>{title}</title></head>", "<body>", f"<h1>{title}</h1>"]
    ids = {"RequestId": call.request_id, "HostId": call.request_id}
    lines += _listed({"Code": error.code, "Message": error.message, **_elements(error), **ids})
    if lost is not None:
        lines += [f"<h3>{_LOST}</h3>", *_listed({"Code": lost.code, "Message": lost.message, "Key": own})]
    lines += ["<hr/>", "</body>", "</html>", ""]
    body = b"" if request.method == "HEAD" else "\n".join(lines).encode()
    return Response(error.status, [("content-type", "text/html; charset=utf-8"), *_told(error)], body)


def _listed(said: Mapping[str, Any]) -> list[str]:
    return ["<ul>", *(f"<li>{name}: {html.escape(str(value))}</li>" for name, value in said.items()), "</ul>"]
