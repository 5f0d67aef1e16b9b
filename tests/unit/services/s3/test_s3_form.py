"""Forms of browsers, however their bytes arrive; and the policies in them."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.http.message import Body
from stratolite.services.s3 import form, post_policy

BOUNDARY = b"b0undary"
NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=10).filter(lambda name: name != "file")
VALUES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=50)
FILE = st.lists(st.sampled_from([b"\r\n", b"--", BOUNDARY, b"--b0undar", b"x", b"\0" * 10]), max_size=20).map(b"".join)


def encoded(fields: dict[str, str], file: bytes | None) -> bytes:
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (BOUNDARY, name.encode(), value.encode())
        for name, value in fields.items()
    ]
    if file is not None:
        parts.append(
            b'--%b\r\ncontent-type: text/plain\r\nContent-Disposition: form-data; filename="a \\"b\\".txt"; name="file"'
            b"\r\n\r\n%b\r\n" % (BOUNDARY, file)
        )
    return b"".join(parts) + b"--%b--\r\n" % BOUNDARY


def taken_apart(data: bytes, size: int) -> tuple[form.Form, bytes]:
    """The form of a body that arrives in pieces of a size, and its file."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    async def read() -> tuple[form.Form, bytes]:
        found = await form.read(Body(pieces()), BOUNDARY)
        return found, await found.file.read() if found.file is not None else b""

    return asyncio.run(read())


@given(
    st.dictionaries(NAMES, VALUES.filter(lambda value: BOUNDARY.decode() not in value), max_size=4),
    FILE.filter(lambda file: b"\r\n--" + BOUNDARY not in b"\r\n" + file + b"\r\n"),
    st.integers(1, 60),
)
def test_forms_are_read_in_any_pieces(fields: dict[str, str], file: bytes, size: int) -> None:
    found, content = taken_apart(encoded(fields, file), size)
    named = {name: text.replace("${filename}", 'a "b".txt') for name, text in fields.items()}
    assert (found.fields, content) == (named, file)


@pytest.mark.parametrize("name", ["a.jpg", "C:\\photos\\a.jpg", "/tmp/photos/a.jpg"])
def test_the_name_of_the_file_stands_in_every_field(name: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html (key)."""
    found = form.Form({"key": "in/${filename}", "x-amz-meta-name": "${filename}"})
    found.expand(name)
    assert found.fields == {"key": "in/a.jpg", "x-amz-meta-name": "a.jpg"}


def test_a_form_may_have_no_file() -> None:
    found, _ = taken_apart(encoded({"key": "k"}, None), 7)
    assert (found.fields, found.file) == ({"key": "k"}, None)


@given(st.binary(max_size=300), st.integers(1, 300))
def test_other_bytes_are_the_clients_fault(data: bytes, size: int) -> None:
    try:
        taken_apart(data, size)
    except AwsError as error:
        assert error.code == "MalformedPOSTRequest"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text/plain", "PreconditionFailed"),
        ("multipart/mixed; boundary=x", "PreconditionFailed"),
        ("", "PreconditionFailed"),
        ("multipart/form-data", "MalformedPOSTRequest"),
    ],
)
def test_other_types_are_refused(kind: str, code: str) -> None:
    with pytest.raises(AwsError) as raised:
        form.boundary_of(kind)
    assert raised.value.code == code


def test_boundaries_may_be_quoted() -> None:
    assert form.boundary_of('multipart/form-data; charset=utf-8; boundary="a b"') == b"a b"


# Policies ------------------------------------------------------------------------------------------------------------

SIGNED = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": "key/20260101/us-east-1/s3/aws4_request",
    "x-amz-date": "20260101T000000Z",
    "x-amz-signature": "x",
}
NAMED = [["starts-with", f"${name}", ""] for name in SIGNED]


def checked(conditions: list[Any], *, bucket: Sequence[Any] = ({"bucket": "photos"},), **fields: str) -> str:
    """What is said of fields under a policy; empty when they may pass."""
    document = {"expiration": "2030-01-01T00:00:00.000Z", "conditions": [*conditions, *NAMED, *bucket]}
    sent = {**fields, **SIGNED, "policy": base64.b64encode(json.dumps(document).encode()).decode()}
    try:
        policy = post_policy.of_form(sent, 0)
        assert policy is not None
        policy.check_fields(sent, "photos")
        policy.check_size(7)
    except AwsError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        ([{"key": "a"}], {"key": "a"}),
        ([["eq", "$Key", "a"]], {"key": "a"}),
        ([["starts-with", "$key", "user/"]], {"key": "user/a"}),
        ([["starts-with", "$key", ""], {"bucket": "photos"}], {"key": "a"}),
        ([["starts-with", "$key", ""], ["content-length-range", 7, "7"]], {"key": "a"}),
        ([{"key": "a"}], {"key": "a", "x-ignore-me": "b"}),
        ([{"key": "a"}, ["starts-with", "$Content-Type", "image/"]], {"key": "a", "content-type": "image/a, image/b"}),
    ],
)
def test_what_a_policy_lets_pass(conditions: list[Any], fields: dict[str, str]) -> None:
    assert checked(conditions, **fields) == ""


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ([{"key": "b"}], 'Policy Condition failed: ["eq", "$key", "b"]'),
        ([["starts-with", "$key", "b"]], 'Policy Condition failed: ["starts-with", "$key", "b"]'),
        ([["eq", "$acl", "private"], {"key": "a"}], 'Policy Condition failed: ["eq", "$acl", "private"]'),
        ([{"bucket": "photos"}], "Extra input fields: key"),
        ([{"key": "a"}, {"bucket": "other"}], 'Policy Condition failed: ["eq", "$bucket", "other"]'),
        ([{"key": "a"}, ["content-length-range", 8, 9]], "Your proposed upload is smaller"),
        ([{"key": "a"}, ["content-length-range", 1, "inf"]], "Policy Condition failed"),
        ([{"key": "a"}, ["content-length-range", 1, 6]], "Your proposed upload exceeds"),
    ],
)
def test_what_a_policy_refuses(conditions: list[Any], text: str) -> None:
    assert text in checked(conditions, key="a")


def test_a_policy_names_the_bucket() -> None:
    """Seen at AWS: https://github.com/aws/aws-sdk-php/issues/3292"""
    assert checked([{"key": "a"}], bucket=(), key="a") == "Invalid according to Policy: Extra input fields: bucket"


def test_each_of_several_content_types_is_what_a_policy_says() -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"""
    images = [{"key": "a"}, ["starts-with", "$Content-Type", "image/"]]
    assert "Policy Condition failed" in checked(images, **{"key": "a", "content-type": "image/a,text/b"})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("policy", None, "Bucket POST must contain a field named 'policy'."),
        ("x-amz-algorithm", "none", "Only AWS4-HMAC-SHA256 is supported"),
        ("x-amz-date", "today", "X-Amz-Date must be formated via ISO8601 Long format"),
        ("x-amz-credential", "key", "the Credential is mal-formed;"),
    ],
)
def test_signatures_of_another_form(name: str, value: str | None, text: str) -> None:
    sent = {**SIGNED, "policy": ""}
    if value is None:
        del sent[name]
    else:
        sent[name] = value
    with pytest.raises(AwsError) as raised:
        post_policy.of_form(sent, 0)
    assert raised.value.code == "InvalidArgument"
    assert raised.value.message.startswith(text)
