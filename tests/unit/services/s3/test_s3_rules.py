"""Names, ranges, tags, encoded words, patterns of origins: the pure parts of S3."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.services.s3 import copying, encoded_words, policy, ranges, rules, tagging
from stratolite.services.s3.cors import configuration
from stratolite.services.s3.domain import Bucket


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@pytest.mark.parametrize("name", ["abc", "a" * 63, "my.bucket-1", "1-2", "a.b.c", "0.0.0.0.0"])
def test_names_of_buckets(name: str) -> None:
    rules.bucket_name(name)


@pytest.mark.parametrize("name", ["", "a b", "x--x-s3", "é-bucket", "a_b", "1.2.3.4", "a..b", "a.-b", "a-.b", "AAA"])
def test_names_of_no_buckets(name: str) -> None:
    with pytest.raises(AwsError):
        rules.bucket_name(name)


@given(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 60)))
def test_ranges_beside_slices(size: int, first: int | None, last: int | None) -> None:
    data = bytes(range(size))
    text = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        wanted = data if last is None else data[max(0, size - last) :]
    else:
        wanted = data if last is not None and last < first else data[first : None if last is None else last + 1]
    try:
        found = ranges.parse(text, size)
    except AwsError as error:
        assert error.code == "InvalidRange" and not wanted
        return
    start, end = found or (0, size)
    assert data[start:end] == wanted


@given(st.text(max_size=30))
def test_other_ranges_mean_the_whole(text: str) -> None:
    if not text.startswith("bytes="):
        assert ranges.parse(text, 10) is None


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60))
def test_words_come_back(text: str) -> None:
    header = encoded_words.encode(text)
    assert header.isascii()
    if not text.startswith("=?"):
        assert encoded_words.decode(header) == text
        assert encoded_words.decode(text.encode().decode("latin-1")) == text


@given(st.text(max_size=60))
def test_any_header_is_some_text(text: str) -> None:
    encoded_words.decode(text)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("plain", "plain"),
        ("mostly ascii é", "=?UTF-8?Q?mostly_ascii_=C3=A9?="),
        ("a_b?=é", "=?UTF-8?Q?a=5Fb=3F=3D=C3=A9?="),
        ("ééé", "=?UTF-8?B?w6nDqcOp?="),
        ("\x00\x01", "=?UTF-8?B?AAE=?="),
    ],
)
def test_words(text: str, header: str) -> None:
    """RFC 2047; which encoding is taken is as in the recorded answers (test_user_metadata_rfc2047_encoded)."""
    assert encoded_words.encode(text) == header


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a=b", {"a": "b"}),
        ("a=b&c=d%20e", {"a": "b", "c": "d e"}),
        ("a", {"a": ""}),
        ("%C3%A9=x", {"é": "x"}),
    ],
)
def test_tags_in_headers(text: str, wanted: dict[str, str]) -> None:
    assert tagging.of_header(text) == wanted


@pytest.mark.parametrize(
    "text", ["a=1&a=2", "%ff=x", "=x", "a%", "a=%zz", "aws:a=b", "a=" + "x" * 257, "&".join(map(str, range(11)))]
)
def test_wrong_tags_in_headers(text: str) -> None:
    with pytest.raises(AwsError):
        tagging.of_header(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pot/k", ("pot", "k", "")),
        ("/pot/a/b", ("pot", "a/b", "")),
        ("pot/%2Fk%3F", ("pot", "/k?", "")),
        ("pot/k+k", ("pot", "k+k", "")),
        ("pot/k?versionId=v", ("pot", "k", "v")),
        ("pot//k", ("pot", "/k", "")),
        ("Old_Bucket/k", ("Old_Bucket", "k", "")),
    ],
)
def test_sources_of_copies(text: str, wanted: tuple[str, str, str]) -> None:
    assert copying.parse_source(text) == wanted


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("pot", "object key"),
        ("pot/", "object key"),
        ("/k", "object key"),
        ("pot/%ZZ", "encoding"),
        ("100%/k", "encoding"),
        ("pot/%C3", "encoding"),
        ("192.168.1.1/k", "bucket name"),
        ("2001:db8::1/k", "bucket name"),
        ("po@t/k", "bucket name"),
    ],
)
def test_sources_of_copies_that_are_none(text: str, what: str) -> None:
    with pytest.raises(AwsError) as refused:
        copying.parse_source(text)
    assert (refused.value.code, refused.value.message) == ("InvalidArgument", f"Invalid copy source {what}")


BUCKET = Bucket("photos", "123456789012", "us-east-1", 0)
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::photos/*"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
        ({"Resource": ["arn:aws:s3:::photos", "photos"]}, "Policy has invalid resource"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Effect": None}, "Missing required field Effect"),
        ({"Action": None}, "Missing required field Action"),
        ({"Resource": None}, "Missing required field Resource"),
    ],
)
def test_wrong_policies(change: dict[str, Any], text: str) -> None:
    import json

    statement = {name: value for name, value in {**STATEMENT, **change}.items() if value is not None}
    with pytest.raises(AwsError) as raised:
        policy.check(json.dumps({"Statement": [statement]}), BUCKET)
    assert raised.value.message == text


@pytest.mark.parametrize(
    "rule",
    [
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["http://*.*"]},
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*-*"]},
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-*"]},
        {"AllowedMethods": ["get"], "AllowedOrigins": ["*"]},
        {"AllowedOrigins": ["*"]},
    ],
)
def test_wrong_rules_of_sharing(rule: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        configuration({"CORSRules": [rule]})
