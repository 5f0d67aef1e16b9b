"""Signatures against botocore's signers, and what a request says of its signer in every form."""

from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.errors import AwsError, IncompleteSignature
from stratolite.http.message import Headers, Request
from stratolite.protocol.presigned import AuthorizationQueryParametersError
from stratolite.protocol.sigv4 import credential_of, verify

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SCOPE = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request"
WORDS = st.text(st.sampled_from("abc /+=~_.é%"), max_size=8)


def signed(signer: Any, method: str, path: str, params: dict[str, str], body: bytes) -> Request:
    """The request as botocore signs and prepares it."""
    request = AWSRequest(method, f"https://example.amazonaws.com/{path}", {"X-Two": " a   b "}, body, params)
    signer.add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    fields = [(name, value.decode() if isinstance(value, bytes) else value) for name, value in prepared.headers.items()]
    return Request(method, parts.path, parts.query, Headers([*fields, ("Host", parts.netloc)]), body)


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
@pytest.mark.parametrize("is_presigned", [False, True])
@settings(max_examples=60)
@given(
    st.text(st.sampled_from("abc/-~_."), max_size=8), st.dictionaries(WORDS, WORDS, max_size=3), st.binary(max_size=9)
)
def test_botocore_signs_what_we_verify(
    service: str, is_presigned: bool, path: str, params: dict[str, str], body: bytes
) -> None:
    names = {
        ("dynamodb", False): "SigV4Auth",
        ("s3", False): "S3SigV4Auth",
        ("dynamodb", True): "SigV4QueryAuth",
        ("s3", True): "S3SigV4QueryAuth",
    }
    signer = getattr(botocore.auth, names[service, is_presigned])(
        Credentials(KEY, SECRET, "token"), service, "eu-west-1"
    )
    # The other services normalise a path before they sign it, which S3 does not.
    path = path if service == "s3" else path.replace("/", "").replace(".", "")
    # botocore takes the body of a request that it presigns for a form.
    body = b"" if is_presigned else body
    request = signed(signer, "POST", path, {key: value for key, value in params.items() if key}, body)
    credential = credential_of(request)
    assert credential is not None
    assert (credential.access_key_id, credential.region, credential.service) == (KEY, "eu-west-1", service)
    assert (credential.session_token, credential.presigned) == ("token", is_presigned)
    assert verify(request, credential, SECRET)
    assert not verify(request, credential, SECRET + "x")
    request.method = "PUT"
    assert not verify(request, credential, SECRET)


def header(text: str, **more: str) -> Request:
    return Request(
        "GET", "/", "", Headers([("Authorization", text), ("X-Amz-Date", "20150830T123600Z"), *more.items()])
    )


def test_an_unsigned_request_has_no_credential() -> None:
    assert credential_of(Request("GET", "/", "a=b")) is None
    assert credential_of(header("Bearer xyz")) is None
    assert credential_of(header("Basic QUtJRDp4")) is None


@pytest.mark.parametrize("between", [", ", ",", " , ", " "])
def test_the_parts_of_the_header_may_be_set_apart_in_several_ways(between: str) -> None:
    text = between.join((f"Credential={SCOPE}", "SignedHeaders=host;x-amz-date", "Signature=ab=="))
    credential = credential_of(header(f"AWS4-HMAC-SHA256 {text}"))
    assert credential is not None
    assert (credential.access_key_id, credential.date, credential.region, credential.service) == (
        KEY, "20150830", "us-east-1", "iam"
    )  # fmt: skip
    assert (credential.signed_headers, credential.signature) == (("host", "x-amz-date"), "ab==")


def test_an_access_key_may_contain_slashes() -> None:
    credential = credential_of(header(f"AWS4-HMAC-SHA256 Credential=a/b/{SCOPE}, SignedHeaders=host, Signature=0"))
    assert credential is not None and credential.access_key_id == f"a/b/{KEY}"


def test_version_4a_names_no_region() -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html: the region set is a header of its own.
    text = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20150830/s3/aws4_request, SignedHeaders=host, Signature=0"
    credential = credential_of(header(text))
    assert credential is not None
    assert (credential.access_key_id, credential.region, credential.service) == ("AKID", "", "s3")


def test_version_2_is_taken_for_s3() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    credential = credential_of(header("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="))
    assert credential is not None
    assert (credential.access_key_id, credential.service) == ("AKIAIOSFODNN7EXAMPLE", "s3")
    query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM&Expires=1175139620"
    presigned = credential_of(Request("GET", "/b/k", query))
    assert presigned is not None and presigned.presigned
    assert (presigned.access_key_id, presigned.service) == ("AKIAIOSFODNN7EXAMPLE", "s3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "AWS4-HMAC-SHA256 ",
            "Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 ",
        ),
        (
            f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host",
            "Authorization header requires 'Signature' parameter. "
            f"Authorization=AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host",
        ),
    ],
)
def test_what_lacks_in_the_header_is_told(text: str, said: str) -> None:
    # The expectations of dynalite's tests, which run against DynamoDB.
    with pytest.raises(IncompleteSignature) as refused:
        credential_of(header(text))
    assert (refused.value.status, refused.value.message) == (403, said)


def test_a_header_without_a_date_is_told() -> None:
    text = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"
    with pytest.raises(IncompleteSignature, match="either a 'X-Amz-Date' or a 'Date' header"):
        credential_of(Request("GET", "/", "", Headers([("Authorization", text)])))
    assert credential_of(Request("GET", "/", "", Headers([("Authorization", text), ("Date", "20150830T123600Z")])))


def test_a_scope_with_too_few_parts_is_told() -> None:
    with pytest.raises(IncompleteSignature, match="exactly 5 slash-delimited elements"):
        credential_of(header("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0"))


QUERY = (
    f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE.replace('/', '%2F')}&X-Amz-Date=20150830T123600Z"
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
)


def test_a_presigned_request() -> None:
    credential = credential_of(Request("GET", "/", f"{QUERY}&X-Amz-Expires=60&X-Amz-Security-Token=t"))
    assert credential is not None and credential.presigned
    assert (credential.access_key_id, credential.region, credential.service) == (KEY, "us-east-1", "iam")
    assert (credential.expires_s, credential.session_token) == (60, "t")


@pytest.mark.parametrize(
    ("components", "code", "said"),
    [
        ("Credential=A/20150830/us-east-1/s3/aws4_request", "AuthorizationHeaderMalformed", "three components"),
        ("Credential=A/s3/aws4_request, SignedHeaders=host, Signature=0", "AuthorizationHeaderMalformed", "expecting"),
        ("Credential=A/20150830/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0", "AccessDenied", "a valid"),
    ],
)
def test_s3_has_words_of_its_own(components: str, code: str, said: str) -> None:
    request = Request("GET", "/b/k", "", Headers([("Authorization", f"AWS4-HMAC-SHA256 {components}")]))
    with pytest.raises(AwsError, match=said) as raised:
        credential_of(request)
    assert raised.value.code == code


def test_what_lacks_in_the_query_is_told() -> None:
    with pytest.raises(IncompleteSignature, match="must include 'X-Amz-Signature'"):
        credential_of(Request("GET", "/", QUERY.replace("&X-Amz-Signature=0", "")))


@pytest.mark.parametrize("expires", ["x", "-1", "1.5", "٣", "9" * 10])
def test_a_duration_that_is_no_number_is_told(expires: str) -> None:
    from urllib.parse import quote

    with pytest.raises(AuthorizationQueryParametersError):
        credential_of(Request("GET", "/", f"{QUERY}&X-Amz-Expires={quote(expires)}"))
