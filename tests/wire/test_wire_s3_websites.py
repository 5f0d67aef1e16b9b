"""Websites of buckets over the wire, beside the recorded answers of AWS (TestS3StaticWebsiteHosting).

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

import re
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Raw, Recording, raw, refusal

INDEX: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}}


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def site(s3: Any, name: str, configuration: dict[str, Any] | None = None, **pages: str) -> str:
    """A bucket with a website, and pages by their names, in which ``_`` is a dot and ``__`` a slash."""
    s3.create_bucket(Bucket=name)
    if configuration is not None:
        s3.put_bucket_website(Bucket=name, WebsiteConfiguration=configuration)
    for page, text in pages.items():
        key = page.replace("__", "/").replace("_", ".")
        s3.put_object(Bucket=name, Key=key, Body=text, ContentType="text/html")
    return name


def visit(cloud: RunningCloud, name: str, path: str, method: str = "GET", **headers: str) -> Raw:
    """What a browser gets, which signs nothing."""
    host = f"{name}.s3-website-us-east-1.amazonaws.com"
    return raw(cloud, method, path, headers={"host": host, **headers}, region="")


def page(answer: Raw) -> str:
    """The text of a page, with the values that change as the recordings have them."""
    text = re.sub("(RequestId|HostId): [^<]+", _as_recorded, answer.body.decode())
    return re.sub("BucketName: [^<]+", "BucketName: <bucket-name>", text)


def _as_recorded(found: re.Match[str]) -> str:
    return f"{found[1]}: <{'request-id' if found[1] == 'RequestId' else 'host-id'}>"


# The form -------------------------------------------------------------------------------------------------------


def test_a_website_is_kept_and_taken_away(s3: Any) -> None:
    aws = Recording("test_s3", "test_crud_website_configuration")
    ask = {"Bucket": site(s3, "kept-site")}
    aws.check("get-no-such-website-config", s3.get_bucket_website, **ask)
    aws.check("del-no-such-website-config", s3.delete_bucket_website, **ask)
    aws.check("put-website-config", s3.put_bucket_website, **ask, WebsiteConfiguration=INDEX)
    aws.check("get-website-config", s3.get_bucket_website, **ask)
    s3.delete_bucket_website(**ask)
    aws.check("get-no-such-website-config", s3.get_bucket_website, **ask)


def test_wrong_websites(s3: Any) -> None:
    aws = Recording("test_s3", "test_validate_website_configuration")
    name = site(s3, "wrong-site")
    both = {"ReplaceKeyPrefixWith": "documents/", "ReplaceKeyWith": "d.html"}
    wrong: list[dict[str, Any]] = [
        {"IndexDocument": {"Suffix": "/index.html"}},
        {"IndexDocument": {"Suffix": ""}},
        {**INDEX, "RedirectAllRequestsTo": {"HostName": "test"}},
        {"ErrorDocument": {"Key": "error.html"}},
        {"RedirectAllRequestsTo": {"HostName": "test", "Protocol": "ftp"}},
        {**INDEX, "RoutingRules": [{"Redirect": both}]},
        {**INDEX, "RoutingRules": [{"Condition": {}, "Redirect": {"ReplaceKeyPrefixWith": "d/"}}]},
        {**INDEX, "RoutingRules": []},
    ]
    for number, configuration in enumerate(wrong):
        step = f"invalid-website-conf-{number}"
        if number == 1:
            refused = refusal(s3.put_bucket_website, Bucket=name, WebsiteConfiguration=configuration)
            assert refused["Message"] == aws[step]["Error"]["Message"]
        else:
            aws.check(step, s3.put_bucket_website, Bucket=name, WebsiteConfiguration=configuration)


def after_error(code: str) -> dict[str, Any]:
    """A rule for what was answered with an error."""
    return {"Redirect": {"HostName": "a"}, "Condition": {"HttpErrorCodeReturnedEquals": code}}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *[
            ({"Redirect": {"HttpRedirectCode": code}}, f"redirect code ({code}) is not valid")
            for code in ("200", "314")
        ],
        *[({"Redirect": {"HttpRedirectCode": code}}, "not well-formed") for code in ("3xx", "+301", "٣٠١", "9" * 5000)],
        *[(after_error(code), f"The provided HTTP error code ({code}) is not valid") for code in ("300", "418", "506")],
        (after_error("4xx"), "not well-formed"),
    ],
)
def test_codes_of_routing_rules(s3: Any, rule: dict[str, Any], text: str) -> None:
    s3.create_bucket(Bucket="codes-of-rules")
    wrong = {**INDEX, "RoutingRules": [rule]}
    refused = refusal(s3.put_bucket_website, Bucket="codes-of-rules", WebsiteConfiguration=wrong)
    assert refused["Code"] == ("MalformedXML" if "well" in text else "InvalidRequest") and text in refused["Message"]


def test_how_many_routing_rules_there_may_be(s3: Any) -> None:
    rules = [{"Condition": {"KeyPrefixEquals": f"{number}/"}, "Redirect": {"HostName": "a"}} for number in range(51)]
    ask = {"Bucket": site(s3, "many-rules")}
    refused = refusal(s3.put_bucket_website, **ask, WebsiteConfiguration={**INDEX, "RoutingRules": rules})
    text = "51 routing rules provided, the number of routing rules in a website configuration is limited to 50."
    assert refused == {"Code": "InvalidRequest", "Message": text}
    s3.put_bucket_website(**ask, WebsiteConfiguration={**INDEX, "RoutingRules": rules[:50]})


def test_where_an_object_may_lead(s3: Any) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: WebsiteRedirectLocation
    ask = {"Bucket": site(s3, "leads-on"), "Key": "k"}
    for operation in (s3.put_object, s3.create_multipart_upload):
        refused = refusal(operation, **ask, WebsiteRedirectLocation="elsewhere.html")
        assert refused["Code"] == "InvalidRedirectLocation" and "must have a prefix of 'http://'" in refused["Message"]
        operation(**ask, WebsiteRedirectLocation="https://example.com/")


# What browsers get ----------------------------------------------------------------------------------------------


def test_where_no_website_is(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_website_hosting_no_such_website")
    missing = visit(cloud, "no-such-bucket-1a2b", "/")
    assert (missing.status, page(missing)) == (404, aws["no-such-bucket"])
    name = site(s3, "no-website")
    for path, step in (("/", "no-such-website-config"), ("/some/key", "no-such-website-config-key")):
        found = visit(cloud, name, path)
        assert (found.status, page(found)) == (404, aws[step])
        assert found.headers["x-amz-error-code"] == "NoSuchWebsiteConfiguration"


def test_only_reading_is_allowed(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_website_hosting_http_methods")
    name = site(s3, "read-only-site", INDEX, index_html="home")
    assert (visit(cloud, name, "/").body, visit(cloud, name, "/", "HEAD").body) == (b"home", b"")
    for method in ("POST", "DELETE"):
        refused = visit(cloud, name, "/", method)
        assert (refused.status, page(refused)) == (405, aws[f"not-allowed-{method.lower()}"]["content"])


def test_pages_and_their_headers(cloud: RunningCloud, s3: Any) -> None:
    name = site(s3, "pages", INDEX, index_html="home")
    s3.put_object(Bucket=name, Key="a b/ü.css", Body=b"p {}", ContentType="text/css", CacheControl="max-age=9")
    found = visit(cloud, name, "/a%20b/%C3%BC.css?versionId=ignored&x=1")
    assert (found.status, found.body, found.headers["content-type"]) == (200, b"p {}", "text/css")
    assert found.headers["cache-control"] == "max-age=9"
    part = visit(cloud, name, "/a%20b/%C3%BC.css", range="bytes=0-0")
    assert (part.status, part.body) == (206, b"p")
    again = {"if-none-match": found.headers["etag"]}
    assert visit(cloud, name, "/a%20b/%C3%BC.css", **again).status == 304
    local = raw(cloud, "GET", "/", headers={"host": f"{name}.s3-website.localhost:4566"}, region="")
    assert local.body == b"home"


def test_folders(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_website_hosting_index_lookup")
    name = site(s3, "folders", INDEX, index_html="home", directory__index_html="below")
    assert visit(cloud, name, "").body == b"home"
    assert visit(cloud, name, "/directory/").body == b"below"
    led = visit(cloud, name, "/directory")
    assert (led.status, led.headers["location"]) == (302, "/directory/")
    assert page(visit(cloud, name, "/directory-wrong")) == aws["404-no-trailing-slash"]
    assert page(visit(cloud, name, "/directory-wrong/")) == aws["404-with-trailing-slash"]


def test_pages_for_errors(cloud: RunningCloud, s3: Any) -> None:
    aws = Recording("test_s3", "test_website_hosting_404")
    name = site(s3, "errors", INDEX)
    assert page(visit(cloud, name, "/")) == aws["404-no-such-key"]
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration={**INDEX, "ErrorDocument": {"Key": "error.html"}})
    assert page(visit(cloud, name, "/")) == aws["404-no-such-key-nor-custom"]
    s3.put_object(Bucket=name, Key="error.html", Body=b"sorry", ContentType="text/html")
    found = visit(cloud, name, "/anything")
    assert (found.status, found.body, found.headers["content-type"]) == (404, b"sorry", "text/html")
    assert found.headers["x-amz-error-code"] == "NoSuchKey"
    assert found.headers["x-amz-error-detail-key"] == "anything"


def test_all_requests_are_led_elsewhere(cloud: RunningCloud, s3: Any) -> None:
    name = site(s3, "elsewhere", {"RedirectAllRequestsTo": {"HostName": "www.example.com", "Protocol": "https"}})
    led = visit(cloud, name, "/a/b?c=d")
    assert (led.status, led.headers["location"]) == (301, "https://www.example.com/a/b?c=d")


def test_objects_lead_elsewhere(cloud: RunningCloud, s3: Any) -> None:
    name = site(s3, "objects-elsewhere", INDEX)
    s3.put_object(Bucket=name, Key="old", Body=b"", WebsiteRedirectLocation="/new.html")
    led = visit(cloud, name, "/old")
    assert (led.status, led.headers["location"], led.body) == (301, "/new.html", b"")


def test_routing_rules(cloud: RunningCloud, s3: Any) -> None:
    rules: list[dict[str, Any]] = [
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
        {"Condition": {"KeyPrefixEquals": "images/"}, "Redirect": {"ReplaceKeyWith": "gone.html"}},
        {
            "Condition": {"KeyPrefixEquals": "shop/", "HttpErrorCodeReturnedEquals": "404"},
            "Redirect": {"HostName": "shop.example.com", "Protocol": "https", "HttpRedirectCode": "302"},
        },
    ]
    name = site(s3, "routed", {**INDEX, "RoutingRules": rules}, shop__a_html="a")
    here = f"http://{name}.s3-website-us-east-1.amazonaws.com"
    for path, status, address in (
        ("/docs/a.html", 301, f"{here}/documents/a.html"),
        ("/images/b.png", 301, f"{here}/gone.html"),
        ("/shop/b.html", 302, "https://shop.example.com/shop/b.html"),
    ):
        led = visit(cloud, name, path)
        assert (led.status, led.headers["location"]) == (status, address)
    assert visit(cloud, name, "/shop/a.html").body == b"a"
    assert visit(cloud, name, "/other").status == 404
    kept = s3.get_bucket_website(Bucket=name)["RoutingRules"]
    assert kept == rules


def test_browsers_of_other_origins(cloud: RunningCloud, s3: Any) -> None:
    name = site(s3, "shared-site", INDEX, index_html="home")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"]}
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    found = visit(cloud, name, "/", origin="https://example.com")
    assert found.headers["access-control-allow-origin"] == "https://example.com"
    asked = {"origin": "https://example.com", "access-control-request-method": "GET"}
    assert visit(cloud, name, "/", "OPTIONS", **asked).status == 200
