"""Forms, and requests of other origins over the wire, beside the recorded answers of AWS."""

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Raw, Recording, error_of, raw, refusal, same

BUCKET = "browsed"
ORIGIN = "https://localhost:4200"
FAR = "2999-01-01T00:00:00Z"
SIGNED = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": "key/20260101/us-east-1/s3/aws4_request",
    "x-amz-date": "20260101T000000Z",
    "x-amz-signature": "0" * 64,
}


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


# Forms ---------------------------------------------------------------------------------------------------------------


def form(
    fields: Mapping[str, str], file: bytes | None = b"file content", file_name: str | None = "upload.txt"
) -> tuple[bytes, dict[str, str]]:
    """A body as a browser makes it, and its headers."""
    parts = [
        f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        named = f'; filename="{file_name}"' if file_name is not None else ""
        head = f'--b0undary\r\nContent-Disposition: form-data; name="file"{named}\r\nContent-Type: text/plain\r\n\r\n'
        parts.append(head.encode() + file + b"\r\n")
    return b"".join(parts) + b"--b0undary--\r\n", {"content-type": "multipart/form-data; boundary=b0undary"}


def post(cloud: RunningCloud, fields: Mapping[str, str], bucket: str = BUCKET, **more: Any) -> Raw:
    body, headers = form(fields, **more)
    return raw(cloud, "POST", f"/{bucket}", body, headers, region="")


def policy(*conditions: Any, expiration: str = FAR, **fields: str) -> dict[str, str]:
    """Fields with a policy that names them all, and a signature of nobody."""
    named = [{name: value} for name, value in {**fields, **SIGNED}.items() if name != "x-amz-signature"]
    document = {"expiration": expiration, "conditions": [{"bucket": BUCKET}, *named, *conditions]}
    return {**fields, "policy": base64.b64encode(json.dumps(document).encode()).decode(), **SIGNED}


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_forms_that_boto3_makes(cloud: RunningCloud, s3: Any, version: str) -> None:
    aws = Recording("test_s3", "TestS3PresignedPost::test_post_object_with_metadata")
    fields = {
        "x-amz-meta-test-1": "test-meta-1",
        "x-amz-meta-test-2": "test-meta-2",
        "Content-Type": "text/plain",
        "Expires": "Wed, 21 Oct 2015 07:28:00 GMT",
    }
    signer = cloud.client("s3", signature_version=version)
    presigned = signer.generate_presigned_post(
        BUCKET, "test-presigned-post-key", Fields=fields, Conditions=[{k: v} for k, v in fields.items()], ExpiresIn=60
    )
    assert urlsplit(presigned["url"]).path == f"/{BUCKET}"
    found = post(cloud, presigned["fields"], file=b"file content post")
    assert found.status == 204
    wanted, head = aws["head-object"], s3.head_object(Bucket=BUCKET, Key="test-presigned-post-key")
    assert set(head) == set(wanted)
    assert (head["Metadata"], head["ContentType"]) == (wanted["Metadata"], wanted["ContentType"])
    default = Recording("test_s3", "test_post_object_default_checksum")
    sent = signer.generate_presigned_post(BUCKET, "test-post-object-checksum", ExpiresIn=60)
    assert post(cloud, sent["fields"], file=b"file content post").status == 204
    key = {"Bucket": BUCKET, "Key": "test-post-object-checksum"}
    found_checksum = s3.head_object(**key, ChecksumMode="ENABLED")["ChecksumCRC64NVME"]
    assert found_checksum and set(s3.head_object(**key, ChecksumMode="ENABLED")) == set(default["head-object"])


def test_texts_of_forms(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedPost::test_post_object_with_unicode_metadata")
    said = {
        "Cache-Control": "non-ascii-%E2%80%94_—_é_",
        "Content-Disposition": 'filename="test_—_file%E2%80%94_é_2-.pdf"',
        "x-amz-meta-nonascii": "ÄMÄZÕÑ S3",
        "x-amz-meta-nonascii-2": "test_—_file%E2%80%94_é_2👑.pdf",
        "x-amz-meta-b-encoded": "=?UTF-8?B?YWJj?=",
        "x-amz-meta-q-encoded": "=?UTF-8?Q?actually-ascii?=",
        "x-amz-meta-utf-8": "\0\1\2\3\4",
        "x-amz-meta-safe-chars": aws["head-object"]["Metadata"]["safe-chars"],
    }
    fields = {"key": "test_unicode—_file.pdf", "success_action_status": "201", **said}
    created = post(cloud, fields, file=b"test-body-unicode")
    wanted = aws["post-object"]["PostResponse"]
    assert (created.status, error_of(created)["Key"]) == (201, wanted["Key"])
    assert created.headers["location"].endswith("/test_unicode%E2%80%94_file.pdf")
    found = s3.head_object(Bucket=BUCKET, Key="test_unicode—_file.pdf")
    assert set(found) == set(aws["head-object"])
    for name in ("CacheControl", "ContentDisposition", "Metadata"):
        assert found[name] == aws["head-object"][name]


def test_what_a_form_is_answered_with(cloud: RunningCloud, s3: Any) -> None:
    created = post(cloud, {"key": "dir/${filename}", "success_action_status": "201"}, file_name="C:\\photos\\a.jpg")
    assert created.status == 201
    said = {element.tag: element.text for element in ET.fromstring(created.body)}
    assert (said["Bucket"], said["Key"]) == (BUCKET, "dir/a.jpg")
    assert said["ETag"] == created.headers["etag"]
    assert said["Location"] == created.headers["location"] == f"{cloud.endpoint}/{BUCKET}/dir%2Fa.jpg"
    assert post(cloud, {"key": "k", "success_action_status": "200"}).status == 200
    redirected = post(cloud, {"key": "k", "success_action_redirect": "http://localhost.test/after?a=b"})
    assert redirected.status == 303
    query = dict(parse_qsl(urlsplit(redirected.headers["location"]).query))
    assert query == {"a": "b", "bucket": BUCKET, "key": "k", "etag": redirected.headers["etag"]}


def test_a_file_that_is_a_field(cloud: RunningCloud, s3: Any) -> None:
    """test_post_object_with_file_as_string: without a file name nothing is put in its place."""
    assert post(cloud, {"key": "file-as-field-${filename}"}, file_name=None).status == 204
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="file-as-field")["Contents"]
    assert [one["Key"] for one in listed] == ["file-as-field-${filename}"]


def test_a_form_of_another_type(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_post_object_with_wrong_content_type")
    for kind in ("text/html", "application/x-www-form-urlencoded"):
        found = raw(cloud, "POST", f"/{BUCKET}", b"x", {"content-type": kind}, region="")
        assert found.status == 412
        same(error_of(found), aws["invalid-content-type-error"]["Error"], kind)
    found = raw(cloud, "POST", f"/{BUCKET}", b"x", {"content-type": "multipart/form-data"}, region="")
    assert (found.status, found.element("Code")) == (400, "MalformedPOSTRequest")


def test_forms_without_what_they_need(cloud: RunningCloud, s3: Any) -> None:
    assert post(cloud, {}).element("Message").startswith("Bucket POST must contain a field named 'key'.")
    assert post(cloud, {"key": ""}).element("Message") == "User key must have a length greater than 0."
    missing = post(cloud, {"key": "k"}, file=None)
    assert missing.element("Message") == "POST requires exactly one file upload per request."
    body, headers = form({"key": "k"})
    cut = raw(cloud, "POST", f"/{BUCKET}", body[:-30], headers, region="")
    assert (cut.status, cut.element("Code")) == (400, "MalformedPOSTRequest")
    long = post(cloud, {"key": "k", "x-amz-meta-long": "x" * 21_000})
    assert long.element("Code") == "MaxPostPreDataLengthExceededError"


def test_policies_that_are_not_signed(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedPost::test_post_request_missing_fields[s3v4]")
    fields = policy(key="k")
    half = {name: value for name, value in fields.items() if name != "x-amz-algorithm"}
    found = post(cloud, half)
    wanted = aws["exception-missing-fields"]["Error"] | {"HostId": "<id>", "ArgumentValue": ""}
    same(error_of(found), wanted, "half")
    unsigned = {name: value for name, value in fields.items() if name not in SIGNED}
    found = post(cloud, unsigned)
    assert found.status == 403
    same(error_of(found), aws["exception-no-sig-related-fields"]["Error"] | {"HostId": "<id>"}, "unsigned")
    signature = Recording("test_s3", "TestS3PresignedPost::test_post_request_missing_signature[s3v4]")
    found = post(cloud, {name: value for name, value in fields.items() if name != "x-amz-signature"})
    wanted = signature["exception-missing-signature"]["Error"] | {"HostId": "<id>", "ArgumentValue": ""}
    same(error_of(found), wanted, "signature")


def test_policies_end(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedPost::test_post_request_expires")
    earlier = (datetime.now(UTC) - timedelta(days=365 * 20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = post(cloud, policy(key="k", expiration=earlier))
    assert found.status == aws["exception"]["StatusCode"]
    same(error_of(found), aws["exception"]["Error"] | {"HostId": "<id>"}, "expired")


def test_conditions_on_the_size(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_post_object_policy_validation_size")
    fields = policy(["content-length-range", 5, 10], key="sized")
    for step, file in (
        ("invalid-content-length-too-big", b"a" * 12),
        ("invalid-content-length-too-small", b"a"),
    ):
        same(error_of(post(cloud, fields, file=file)), aws[step]["Error"], step)
    assert post(cloud, fields, file=b"a" * 10).status == 204
    wanted = aws["final-object"]["ChecksumCRC64NVME"]
    assert s3.head_object(Bucket=BUCKET, Key="sized", ChecksumMode="ENABLED")["ChecksumCRC64NVME"] == wanted
    wrong = post(cloud, policy(["content-length-range", "test", "10"], key="sized"))
    same(error_of(wrong), aws["invalid-content-length-wrong-type"]["Error"], "type")


@pytest.mark.parametrize(
    ("step", "condition"),
    [
        ("invalid-condition-eq", ["eq", "$success_action_redirect", "http://localhost.test/random"]),
        ("invalid-condition-missing-prefix", ["eq", "success_action_redirect", "http://localhost.test/random"]),
        ("invalid-condition-wrong-condition", {"success_action_redirect": "x", "acl": "y"}),
        ("invalid-condition-wrong-value-casing", ["eq", "$success_action_redirect", "HTTP://localhost.test/random"]),
        ("invalid-condition-starts-with", ["starts-with", "$success_action_redirect", "http://localhost"]),
    ],
)
def test_conditions_on_fields(cloud: RunningCloud, s3: Any, step: str, condition: Any) -> None:
    kind = "starts_with" if step.endswith("starts-with") else "eq"
    aws = Recording("test_s3", f"test_post_object_policy_conditions_validation_{kind}")
    document = {"expiration": FAR, "conditions": [condition, ["starts-with", "$key", ""], {"bucket": BUCKET}]}
    sent = {
        "key": "k",
        "success_action_redirect": "https://other.test/random",
        "policy": base64.b64encode(json.dumps(document).encode()).decode(),
        **SIGNED,
    }
    same(error_of(post(cloud, sent)), aws[step]["Error"], step)


def test_conditions_in_capitals(cloud: RunningCloud, s3: Any) -> None:
    """Names of operators and fields are compared without regard to case, as ceph/s3-tests expects of AWS."""
    ranged = ["Content-Length-Range", 1, 3]
    fields = policy({"bUcKeT": BUCKET}, ["StArTs-WiTh", "$KeY", "ca"], ranged, key="capitals")
    assert post(cloud, fields, file=b"123").status == 204
    assert post(cloud, fields, file=b"1234").element("Code") == "EntityTooLarge"


def test_the_name_of_a_file_is_under_the_policy(cloud: RunningCloud, s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"""
    begins = ["starts-with", "$key", "in/a"]
    fields = policy(begins)
    assert post(cloud, {"key": "in/${filename}", **fields}, file_name="a.txt").status == 204
    assert post(cloud, {"key": "in/${filename}", **fields}, file_name="b.txt").status == 403
    assert s3.head_object(Bucket=BUCKET, Key="in/a.txt")


def test_fields_that_a_policy_does_not_name(cloud: RunningCloud, s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"""
    found = post(cloud, {**policy(key="k"), "acl": "private", "x-ignore-me": "x"})
    assert (found.status, found.element("Code")) == (403, "AccessDenied")
    assert found.element("Message") == "Invalid according to Policy: Extra input fields: acl"


@pytest.mark.parametrize("name", ["single", "list", "invalid"])
def test_tags_in_forms(cloud: RunningCloud, s3: Any, name: str) -> None:
    aws = Recording("test_s3", f"TestS3PresignedPost::test_post_object_with_tags[{name}]")
    one = "<Tag><Key>TagName</Key><Value>TagValue</Value></Tag>"
    two = "<Tag><Key>TagName2</Key><Value>TagValue2</Value></Tag>"
    tags = {
        "single": f"<Tagging><TagSet>{one}</TagSet></Tagging>",
        "list": f"<Tagging><TagSet>{one}{two}</TagSet></Tagging>",
        "invalid": f"<InvalidXmlTagging>{one}</InvalidXmlTagging>",
    }
    assert post(cloud, {"key": f"tags-{name}", "tagging": tags[name]}).status == 204
    aws.check("get-tagging", s3.get_object_tagging, Bucket=BUCKET, Key=f"tags-{name}")


def test_wrong_values_in_forms(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "TestS3PresignedPost::test_post_object_with_tags[notxml]")
    same(error_of(post(cloud, {"key": "k", "tagging": "not-xml"})), aws["tagging-error"]["Error"], "tags")
    aws = Recording("test_s3", "test_post_object_with_storage_class")
    found = post(cloud, {"key": "k", "x-amz-storage-class": "FakeClass"})
    same(error_of(found), aws["invalid-storage-error"]["Error"], "class")
    post(cloud, {"key": "classy", "x-amz-storage-class": "STANDARD_IA"})
    assert s3.head_object(Bucket=BUCKET, Key="classy")["StorageClass"] == "STANDARD_IA"


def test_checksums_in_forms(cloud: RunningCloud, s3: Any) -> None:
    for algorithm, value in (
        ("crc32", "0wiusg=="),
        ("sha512", "Dh4h7PEF7IU9JNcohnrXBhPCFmOkaTB0sqNhnBvTnWa1iMM3I7tGbHJCToDjymPCSQeKs0e6uUKFAOfuQwWdDQ=="),
    ):
        name = f"x-amz-checksum-{algorithm}"
        assert post(cloud, {"key": "summed", name: value}, file=b"test data").status == 204
        found = s3.head_object(Bucket=BUCKET, Key="summed", ChecksumMode="ENABLED")
        assert found[f"Checksum{algorithm.upper()}"] == value
        assert post(cloud, {"key": "summed", name: value}, file=b"other data").element("Code") == "BadDigest"
        wrong = post(cloud, {"key": "summed", name: "invalid"})
        assert wrong.element("Message") == f"Value for {name} header is invalid."
    unknown = post(cloud, {"key": "summed", "x-amz-checksum-none": "x"})
    assert unknown.element("Message") == "The algorithm type you specified in x-amz-checksum- header is invalid."


def test_every_header_of_an_object_may_be_a_field(cloud: RunningCloud, s3: Any) -> None:
    said = {"Content-Language": "en", "Content-Encoding": "gzip", "Content-Disposition": "inline"}
    assert post(cloud, {"key": "described", **said}).status == 204
    found = s3.head_object(Bucket=BUCKET, Key="described")["ResponseMetadata"]["HTTPHeaders"]
    assert {name: found[name.lower()] for name in said} == said


def test_files_of_many_pieces(cloud: RunningCloud, s3: Any) -> None:
    data = b"--b0undar\r\n--b0undar" * 100_000
    assert post(cloud, {"key": "large"}, file=data).status == 204
    assert s3.get_object(Bucket=BUCKET, Key="large")["Body"].read() == data


# Other origins -------------------------------------------------------------------------------------------------------


def rules(s3: Any, *given: dict[str, Any], bucket: str = BUCKET) -> None:
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(given)})


def check(aws: Recording, step: str, answer: Raw) -> None:
    """The status, the body and the headers of sharing."""
    wanted = aws[step]
    assert answer.status == wanted["StatusCode"], step
    ours = {
        name: value for name, value in answer.headers.items() if name.startswith("access-control") or name == "vary"
    }
    theirs = {
        name.lower(): value
        for name, value in wanted["Headers"].items()
        if name.lower().startswith("access-control") or name.lower() == "vary"
    }
    assert ours == theirs, step
    if isinstance(wanted["Body"], dict):
        same(error_of(answer), wanted["Body"]["Error"], step)
    else:
        assert answer.body.decode() == wanted["Body"], step


def test_a_bucket_without_rules(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "test_cors_http_options_no_config")
    s3.create_bucket(Bucket="unshared")
    method = {"access-control-request-method": "PUT"}
    for step, headers in (
        ("options-no-origin", {}),
        ("options-with-origin-and-method", {"origin": "whatever", **method}),
        ("options-with-origin-no-method", {"origin": "whatever"}),
    ):
        same(error_of(raw(cloud, "OPTIONS", "/unshared/k", b"", headers, region="")), aws[step]["Error"], step)
    missing = Recording("test_s3_cors", "test_cors_http_options_non_existent_bucket")
    found = raw(cloud, "OPTIONS", "/nonexistent-shared/k", b"", {"origin": "whatever"}, region="")
    same(error_of(found), missing["options-with-origin"]["Error"], "missing")


def test_preflights_that_ask_for_what_is_none(cloud: RunningCloud, s3: Any) -> None:
    asked = "access-control-request-method", "access-control-request-headers"
    for method, names, text in (
        ("BREW", "", "Invalid Access-Control-Request-Method: BREW"),
        ("put", "", "Invalid Access-Control-Request-Method: put"),
        ("PUT", "x-a, x b", 'Access-Control-Request-Headers "x b" contains invalid character.'),
    ):
        headers = {"origin": ORIGIN, **dict(zip(asked, (method, names), strict=True))}
        error = error_of(raw(cloud, "OPTIONS", f"/{BUCKET}/k", b"", headers, region=""))
        assert (error["Code"], error["Message"]) == ("BadRequest", text)


def test_origins(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "TestS3Cors::test_cors_match_origins")
    rules(
        s3,
        {"AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET", "PUT"], "MaxAgeSeconds": 3000, "AllowedHeaders": ["*"]},
    )
    s3.put_object(Bucket=BUCKET, Key="test-cors", Body=b"test-cors")
    path, put = f"/{BUCKET}/test-cors", {"access-control-request-method": "PUT"}

    def ask(step: str, method: str, **headers: str) -> None:
        check(aws, step, raw(cloud, method, path, b"", headers, region=""))

    ask("opt-no-origin", "OPTIONS")
    ask("get-no-origin", "GET")
    ask("opt-referer", "OPTIONS", referer=ORIGIN)
    ask("get-referer", "GET", referer=ORIGIN)
    ask("opt-right-origin", "OPTIONS", origin=ORIGIN, **put)
    ask("get-right-origin", "GET", origin=ORIGIN)
    ask("opt-wrong-origin", "OPTIONS", origin="http://localhost:4200", **put)
    ask("get-wrong-origin", "GET", origin="http://localhost:4200")
    rules(
        s3, {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT"], "MaxAgeSeconds": 3000, "AllowedHeaders": ["*"]}
    )
    ask("opt-random-wildcard-origin", "OPTIONS", origin="http://random:1234", **put)
    ask("get-random-wildcard-origin", "GET", origin="http://random:1234")


def test_methods(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "TestS3Cors::test_cors_match_methods")
    rules(s3, {"AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET"], "MaxAgeSeconds": 3000, "AllowedHeaders": ["*"]})
    s3.put_object(Bucket=BUCKET, Key="test-cors", Body=b"test-cors")
    path = f"/{BUCKET}/test-cors"
    get, put = ({"access-control-request-method": method} for method in ("GET", "PUT"))
    for step, method, headers in (
        ("opt-get", "OPTIONS", get),
        ("get-wrong-op", "GET", put),
        ("get-op", "GET", {}),
        ("opt-put", "OPTIONS", put),
        ("put-op", "PUT", {}),
    ):
        check(aws, step, raw(cloud, method, path, b"", {"origin": ORIGIN, **headers}, region=""))


def test_headers(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "TestS3Cors::test_cors_match_headers")
    rule = {"AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET"], "MaxAgeSeconds": 3000}
    rules(s3, {**rule, "AllowedHeaders": ["*"]})
    s3.put_object(Bucket=BUCKET, Key="test-cors", Body=b"test-cors")
    origin = {"origin": ORIGIN, "access-control-request-method": "GET"}

    def ask(step: str, names: str = "", method: str = "OPTIONS") -> None:
        asked = {"access-control-request-headers": names} if names else {}
        check(aws, step, raw(cloud, method, f"/{BUCKET}/test-cors", b"", {**origin, **asked}, region=""))

    ask("opt-get", "x-amz-request-payer")
    ask("opt-get-two", "x-amz-request-payer, x-amz-expected-bucket-owner")
    allowed = [
        "x-amz-expected-bucket-owner",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-AMZ-server-SIDE-encryption",
    ]
    rules(s3, {**rule, "AllowedHeaders": allowed})
    aws.check("get-bucket-cors-casing", s3.get_bucket_cors, Bucket=BUCKET)
    ask("opt-get-non-allowed", "x-amz-request-payer")
    ask("opt-get-allowed", "x-amz-expected-bucket-owner")
    ask("opt-get-allowed-diff-casing", "x-amz-expected-bucket-owner, x-amz-server-side-encryption")
    ask("opt-get-allowed-no-space", "x-amz-expected-bucket-owner,x-amz-server-side-encryption")
    ask("get-non-allowed-with-acl", "x-amz-request-payer", method="GET")
    ask("get-non-allowed", method="GET")


def test_partial_origins_and_exposed_headers(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "test_cors_options_match_partial_origin")
    partial = {"AllowedOrigins": ["http://*.origin.com"], "AllowedMethods": ["GET", "PUT"], "MaxAgeSeconds": 3000}
    rules(s3, {**partial, "AllowedHeaders": ["*"]})
    headers = {"origin": "http://test.origin.com", "access-control-request-method": "GET"}
    check(aws, "options_match_partial_origin", raw(cloud, "OPTIONS", f"/{BUCKET}", b"", headers, region=""))
    fails = Recording("test_s3_cors", "test_cors_options_fails_partial_origin")
    headers["origin"] = "http://wrong.origin.org"
    check(fails, "options_fails_partial_origin", raw(cloud, "OPTIONS", f"/{BUCKET}", b"", headers, region=""))
    exposed = Recording("test_s3_cors", "test_cors_expose_headers")
    names = ["x-amz-id-2", "x-amz-request-id", "x-amz-request-payer"]
    rules(s3, {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": names})
    check(exposed, "opt-get", raw(cloud, "OPTIONS", f"/{BUCKET}/k", b"", headers, region=""))


def test_rules_are_kept(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3_cors", "TestS3Cors::test_delete_cors")
    s3.create_bucket(Bucket="sharing")
    ask = {"Bucket": "sharing"}
    aws.check("delete-cors-before-set", s3.delete_bucket_cors, **ask)
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    aws.check("put-cors", s3.put_bucket_cors, **ask, CORSConfiguration={"CORSRules": [rule]})
    aws.check("get-cors", s3.get_bucket_cors, **ask)
    aws.check("delete-cors", s3.delete_bucket_cors, **ask)
    aws.check("get-cors-deleted", s3.get_bucket_cors, **ask)
    wrong = Recording("test_s3_cors", "test_put_cors_invalid_rules")
    unknown = {"AllowedOrigins": ["*"], "AllowedMethods": ["MYMETHOD"]}
    wrong.check("put-cors-exc", s3.put_bucket_cors, **ask, CORSConfiguration={"CORSRules": [unknown]})
    wrong.check("put-cors-exc-empty", s3.put_bucket_cors, **ask, CORSConfiguration={"CORSRules": []})
    nowhere = {"AllowedOrigins": [], "AllowedMethods": ["GET"]}
    assert refusal(s3.put_bucket_cors, **ask, CORSConfiguration={"CORSRules": [nowhere]})["Code"] == "MalformedXML"
    for member in ("AllowedHeaders", "ExposeHeaders"):
        odd = {**rule, member: ["x-amz-date", "Bad/Header"]}
        refused = refusal(s3.put_bucket_cors, **ask, CORSConfiguration={"CORSRules": [odd]})
        assert refused["Code"] == "InvalidRequest" and "Bad/Header" in refused["Message"]


def test_rules_that_say_little(cloud: RunningCloud, s3: Any) -> None:
    s3.create_bucket(Bucket="says-little")
    aws = Recording("test_s3_cors", "test_get_cors")
    aws.check("get-cors-no-set", s3.get_bucket_cors, Bucket="says-little")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket="says-little", CORSConfiguration={"CORSRules": [rule]})
    aws.check("get-cors-after-set", s3.get_bucket_cors, Bucket="says-little")
    aws = Recording("test_s3_cors", "test_put_cors_default_values")
    asked = {"origin": ORIGIN, "access-control-request-method": "GET"}
    allowed = raw(cloud, "OPTIONS", "/says-little/k", headers=asked, region="")
    wanted = {name.lower(): value for name, value in aws["opt-get"]["Headers"].items()}
    assert (allowed.status, set(wanted) - {"server", "date"} - set(allowed.headers)) == (200, set())
    for name in ("access-control-allow-methods", "access-control-allow-origin", "vary"):
        assert allowed.headers[name] == wanted[name]
    named = {**asked, "access-control-request-headers": "x-amz-request-payer"}
    refused = raw(cloud, "OPTIONS", "/says-little/k", headers=named, region="")
    assert refused.status == aws["opt-get-headers"]["StatusCode"]
    same(error_of(refused), aws["opt-get-headers"]["Body"]["Error"], "headers")
    aws = Recording("test_s3_cors", "test_put_cors_empty_origin")
    rules = {"CORSRules": [{"AllowedMethods": ["GET", "PUT", "HEAD"], "AllowedOrigins": [""]}]}
    s3.put_bucket_cors(Bucket="says-little", CORSConfiguration=rules)
    aws.check("get-cors-empty", s3.get_bucket_cors, Bucket="says-little")
