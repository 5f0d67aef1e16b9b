"""Presigned requests over the wire, beside the recorded answers of AWS."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Raw, Recording, error_of, raw, same

BUCKET = "presigned"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_requests_put_and_get(cloud: RunningCloud, s3: Any, version: str) -> None:
    signer = cloud.client("s3", signature_version=version)
    ask = {"Bucket": BUCKET, "Key": "signed/ä b"}
    put = signer.generate_presigned_url("put_object", Params=ask, ExpiresIn=60)
    assert raw(cloud, "PUT", path_of(put), b"something", region="").status == 200
    got = raw(cloud, "GET", path_of(signer.generate_presigned_url("get_object", Params=ask)), region="")
    assert (got.status, got.body) == (200, b"something")
    overridden = {**ask, "ResponseContentType": "image/jpeg"}
    got = raw(cloud, "GET", path_of(signer.generate_presigned_url("get_object", Params=overridden)), region="")
    assert got.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_requests_end(timed_cloud: RunningCloud, version: str) -> None:
    aws = Recording("test_s3", f"TestS3PresignedUrl::test_s3_presigned_url_expired[{version}]")
    s3 = timed_cloud.client("s3", signature_version=version)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    path = path_of(s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=2))
    # The URL was signed by the machine's clock, which the cloud's is behind.
    now_s = timed_cloud.clock.now_ms() / 1000
    timed_cloud.advance(datetime.now(UTC).timestamp() - now_s - 5)
    assert raw(timed_cloud, "GET", path, region="").body == b"x"
    timed_cloud.advance(60)
    expired = raw(timed_cloud, "GET", path, region="")
    assert expired.status == 403
    same(error_of(expired), aws["expired-exception"]["Error"] | {"HostId": "<id>"}, "expired")


@pytest.mark.parametrize(("version", "missing"), [("s3", "Signature"), ("s3v4", "X-Amz-Signature")])
def test_half_a_signature(cloud: RunningCloud, s3: Any, version: str, missing: str) -> None:
    aws = Recording("test_s3", f"test_s3_put_presigned_url_missing_sig_param[{version}]")["missing-param-exception"]
    signer = cloud.client("s3", signature_version=version)
    url = signer.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "k"})
    parts = urlsplit(url)
    query = "&".join(field for field in parts.query.split("&") if not field.startswith(missing))
    found = raw(cloud, "PUT", f"{parts.path}?{query}", b"x", region="")
    assert found.status == aws["StatusCode"]
    same(error_of(found), aws["Error"] | {"HostId": "<id>"}, version)


@pytest.mark.parametrize(
    ("expires", "text"),
    [
        ("604801", "X-Amz-Expires must be less than a week (in seconds)"),
        ("-1", "X-Amz-Expires must be non-negative"),
        ("soon", "X-Amz-Expires should be a number"),
    ],
)
def test_times_that_no_presigned_request_has(cloud: RunningCloud, s3: Any, expires: str, text: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    signer = cloud.client("s3", signature_version="s3v4")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=77)
    found = raw(cloud, "GET", path_of(url).replace("X-Amz-Expires=77", f"X-Amz-Expires={expires}"), region="")
    assert (found.status, found.element("Code")) == (400, "AuthorizationQueryParametersError")
    assert found.element("Message").startswith(text)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_query_stands_for_headers(cloud: RunningCloud, s3: Any, version: str) -> None:
    """Version 2 writes them there itself; so does the SDK for JavaScript, with a checksum that S3 ignores."""
    aws = Recording("test_s3", "test_presigned_url_v4_x_amz_in_qs")
    signer = cloud.client("s3", signature_version=version)
    ask = {"Bucket": BUCKET, "Key": "in-query"}
    said = {"x-amz-meta-foo": "bar-complicated-no-random", "x-amz-checksum-crc32": "AAAAAA=="}
    url = signer.generate_presigned_url("put_object", Params=ask)
    put = raw(
        cloud, "PUT", f"{path_of(url)}&{urlencode(said)}&x-amz-sdk-checksum-algorithm=CRC32", b"123456", region=""
    )
    assert put.status == 200
    aws.check("head-object", s3.head_object, **ask, ChecksumMode="ENABLED")
    tagged = raw(cloud, "PUT", f"{path_of(url)}&x-amz-tagging=a%3Db", b"123456", region="")
    assert tagged.status == 200
    assert s3.get_object_tagging(**ask)["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_metadata_in_the_query_of_version_2(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedUrl::test_put_url_metadata_with_sig_s3[True]")
    signer = cloud.client("s3", signature_version="s3")
    ask = {"Bucket": BUCKET, "Key": "metadata-v2"}
    url = signer.generate_presigned_url("put_object", Params={**ask, "Metadata": {"foo": "bar"}})
    assert "x-amz-meta-foo=bar" in url
    assert raw(cloud, "PUT", path_of(url), b"content 123", region="").status == 200
    aws.check("head_object", s3.head_object, **ask)
    aws = Recording("test_s3", "TestS3PresignedUrl::test_put_unicode_metadata_with_sig_s3")
    url = signer.generate_presigned_url("put_object", Params=ask)
    said = urlencode({"x-amz-meta-foo": "non-ascii-%E2%80%94_—_é_"})
    assert raw(cloud, "PUT", f"{path_of(url)}&{said}", b"", region="").status == 200
    aws.check("head_object", s3.head_object, **ask)


def test_headers_that_were_not_signed(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedUrl::test_put_url_metadata_with_sig_s3v4[True]")
    signer = cloud.client("s3", signature_version="s3v4")
    ask = {"Bucket": BUCKET, "Key": "metadata-v4"}
    path = path_of(signer.generate_presigned_url("put_object", Params={**ask, "Metadata": {"foo": "bar"}}))

    def put(**headers: str) -> Raw:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return raw(cloud, "PUT", path, b"content 123", sent, region="")

    assert put(x_amz_meta_foo="bar").status == 200
    aws.check("head_object", s3.head_object, **ask)
    same(error_of(put(x_amz_meta_foo="bar", x_amz_meta_wrong="wrong")), aws["wrong-meta-headers"]["Error"], "unsigned")
    aws = Recording("test_s3", "test_put_object_with_md5_and_chunk_signature_bad_headers[s3v4-True]")
    for step, more in (
        ("with-decoded-content-length", {"x_amz_decoded_content_length": "11"}),
        ("without-decoded-content-length", {}),
    ):
        found = put(
            x_amz_meta_foo="bar", x_amz_date="20260101T000000Z", x_amz_content_sha256="UNSIGNED-PAYLOAD", **more
        )
        assert found.status == 403
        same(error_of(found), aws[step]["Error"] | {"HostId": "<id>"}, step)
    aws = Recording("test_s3", "test_s3_put_presigned_url_same_header_and_qs_parameter")
    wanted = aws["override-signed-qs"]["Error"] | {"HostId": "<id>"}
    same(error_of(put(x_amz_meta_foo="bar", x_amz_expires="100")), wanted, "expires")


def test_a_credential_that_is_encoded_twice(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_presigned_double_encoded_credentials")
    signer = cloud.client("s3", signature_version="s3v4")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    found = raw(cloud, "GET", path_of(url).replace("%2F", "%252F"), region="")
    assert found.status == 400
    same(error_of(found), aws["error-malformed"]["Error"] | {"HostId": "<id>"}, "twice")


def test_what_a_read_may_not_say(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_get_response_overrides_unicode_metadata_with_sig_s3")
    signer = cloud.client("s3", signature_version="s3")
    s3.put_object(Bucket=BUCKET, Key="overridden", Body=b"x")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "overridden"})
    said = urlencode({"response-cache-control": "non-ascii-%E2%80%94_—_é_"})
    found = raw(cloud, "GET", f"{path_of(url)}&{said}", region="")
    assert found.status == 400
    same(error_of(found), aws["unicode-error"]["Error"] | {"HostId": "<id>"}, "unicode")
