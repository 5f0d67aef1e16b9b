"""Web pages that use the AWS APIs from a browser: those of this machine may, those of other sites may not."""

import http.client
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud

LOCAL = ["http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:8080", "https://app.localhost"]
FOREIGN = ["https://evil.example.com", "http://192.168.1.5:3000", "http://localhost.evil.example", "null", "file://"]
NOBODY = "000000000000"
"""Whose requests without a signature are."""
LIST_TABLES = {"x_amz_target": "DynamoDB_20120810.ListTables", "content_type": "application/x-amz-json-1.0"}
FUNCTIONS = "/2015-03-31/functions"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def allows(self) -> str | None:
        """Which origins' pages may read it."""
        return self.headers.get("access-control-allow-origin")


class Browser:
    """Sends what a browser would, with the headers that it adds."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud

    def send(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection(urlsplit(self.cloud.endpoint).netloc, timeout=30)) as connection:
            connection.request(method, path, body, named)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())

    def preflight(self, origin: str, path: str, method: str, *names: str, **headers: str) -> Answer:
        asked = {"access_control_request_method": method, "access_control_request_headers": ",".join(names)}
        return self.send("OPTIONS", path, origin=origin, **asked, **headers)


@pytest.fixture
def browser(cloud: RunningCloud) -> Browser:
    return Browser(cloud)


@pytest.fixture
def queues(cloud: RunningCloud) -> Iterator[Any]:
    """The names of the queues that there are."""
    sqs = cloud.client("sqs", account=NOBODY)
    yield lambda: [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]
    for url in sqs.list_queues().get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)


def signed(service: str) -> str:
    scope = f"{ACCOUNT}/20260101/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_of_this_machine_uses_dynamodb_with_an_sdk(browser: Browser, origin: str) -> None:
    names = ("authorization", "content-type", "x-amz-date", "x-amz-target")
    asked = browser.preflight(origin, "/", "POST", *names)
    assert (asked.status, asked.allows, asked.body) == (200, "*", b"")
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == ",".join(names)
    assert asked.headers["access-control-max-age"] == "172800"
    assert asked.headers["vary"] == "Origin"
    sent = {"origin": origin, "x_amz_date": "20260101T000000Z", "authorization": signed("dynamodb")}
    answer = browser.send("POST", "/", "{}", **sent, **LIST_TABLES)
    assert (answer.status, answer.allows) == (200, "*")
    assert "x-amzn-ErrorType" in answer.headers["access-control-expose-headers"]
    # Pages may read what was wrong, also where that is nothing that is served.
    wrong = browser.send("POST", "/", '{"Limit": 0}', **sent, **LIST_TABLES)
    assert (wrong.status, wrong.allows) == (400, "*")
    unknown = browser.send("POST", "/", "{}", **sent, **{**LIST_TABLES, "x_amz_target": "DynamoDB_20120810.No"})
    assert (unknown.status, unknown.allows) == (400, "*")


def test_paths_of_the_apis_are_no_keys_of_buckets(browser: Browser) -> None:
    origin = LOCAL[0]
    asked = browser.preflight(origin, f"{FUNCTIONS}/f/invocations", "POST", "authorization", "x-amz-date")
    assert (asked.status, asked.allows) == (200, "*")
    # Actions of SQS go to the path of their queue.
    asked = browser.preflight(origin, f"/{ACCOUNT}/queue", "POST", "authorization", "content-type", "x-amz-date")
    assert (asked.status, asked.allows) == (200, "*")
    # Forms go to buckets, and what is done with keys says so in its query.
    for path in ("/some-bucket", "/some-bucket/", "/some-bucket/key?uploads"):
        assert b"CORSResponse: Bucket not found" in browser.preflight(origin, path, "POST", "content-type").body
    asked = browser.preflight(origin, "/some-bucket/2015-03-31/functions", "PUT", "authorization")
    assert (asked.status, asked.allows) == (403, None)
    assert b"CORSResponse: Bucket not found" in asked.body


def test_a_page_of_another_site_is_told_no_before_it_sends(browser: Browser) -> None:
    for origin in FOREIGN:
        for path in ("/", FUNCTIONS, "/_stratolite/operations/lambda/CreateFunction"):
            asked = browser.preflight(origin, path, "POST", "authorization", "x-amz-target", "content-type")
            assert asked.allows is None, (origin, path)


@pytest.mark.parametrize("origin", FOREIGN)
def test_what_such_a_page_need_not_announce_is_refused(
    browser: Browser, queues: Any, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = {"origin": origin, "content_type": "text/plain;charset=UTF-8"}
    form = {"origin": origin, "content_type": "application/x-www-form-urlencoded"}
    with caplog.at_level(logging.WARNING, "stratolite.server"):
        made = browser.send("POST", "/", urlencode({"Action": "CreateQueue", "QueueName": "bad"}), **form)
        function = browser.send("POST", FUNCTIONS, json.dumps({"FunctionName": "bad"}), **text)
        operation = browser.send("POST", "/_stratolite/operations/sqs/CreateQueue", '{"QueueName": "bad"}', **text)
        presigned = f"/?X-Amz-Credential={ACCOUNT}%2F20260101%2F{REGION}%2Fsqs%2Faws4_request&Action=CreateQueue"
        named = browser.send("GET", f"{presigned}&QueueName=bad", origin=origin)
    assert [answer.status for answer in (made, function, operation, named)] == [403] * 4
    assert {answer.allows for answer in (made, function, operation, named)} == {None}
    assert b"<Code>AccessDeniedException</Code>" in made.body
    assert f"Pages of {origin} may not use this cloud from a browser.".encode() in function.body
    assert "--origin" in json.loads(operation.body)["message"]
    assert f"sqs CreateQueue was refused: Pages of {origin} may not" in caplog.text
    assert queues() == []


def test_browsers_name_no_origin_with_a_picture(browser: Browser, queues: Any) -> None:
    """``<img src="http://127.0.0.1:4566/?Action=...">``: where it comes from is all that is said."""
    query = "/?" + urlencode({"Action": "CreateQueue", "QueueName": "seen"})
    assert browser.send("GET", query, sec_fetch_site="cross-site").status == 403
    assert queues() == []
    # Somebody's own hands, and pages at the same address.
    assert browser.send("GET", query, sec_fetch_site="none").status == 200
    assert browser.send("GET", query, sec_fetch_site="same-origin").status == 200
    assert queues() == ["seen"]
    assert browser.send("GET", "/_stratolite/health", sec_fetch_site="cross-site").status == 200
    assert browser.send("GET", f"{FUNCTIONS}/", sec_fetch_site="cross-site").status == 200


def test_a_program_says_what_origin_it_likes(browser: Browser) -> None:
    """What a browser would have announced was let through, or no browser has sent it."""
    answer = browser.send("POST", "/", "{}", origin=FOREIGN[0], **LIST_TABLES)
    assert (answer.status, answer.allows) == (200, None)


def test_pages_of_this_machine_use_what_the_product_answers_itself(browser: Browser) -> None:
    asked = browser.preflight(LOCAL[0], "/_stratolite/operations/sqs/ListQueues", "POST", "content-type")
    assert (asked.status, asked.allows) == (200, "*")
    answer = browser.send("POST", "/_stratolite/operations/sqs/ListQueues", "{}", origin=LOCAL[0])
    assert (answer.status, answer.allows) == (200, "*")
    health = browser.send("GET", "/_stratolite/health", origin=LOCAL[0])
    assert (health.status, health.allows) == (200, "*")


def test_a_public_page_may_ask_for_a_private_network(browser: Browser) -> None:
    """https://wicg.github.io/private-network-access/: only after being welcome."""
    asked = browser.preflight(LOCAL[3], "/", "POST", "x-amz-target", access_control_request_private_network="true")
    assert asked.headers["access-control-allow-private-network"] == "true"
    asked = browser.preflight(FOREIGN[0], "/", "POST", "x-amz-target", access_control_request_private_network="true")
    assert "access-control-allow-private-network" not in asked.headers


def test_buckets_have_rules_of_their_own(browser: Browser, cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="of-pages")
    s3.put_object(Bucket="of-pages", Key="k", Body=b"x")
    assert browser.send("GET", "/of-pages/k", origin=FOREIGN[0]).status == 200
    assert browser.send("GET", "/of-pages/k", origin=LOCAL[0]).allows is None
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": [FOREIGN[0]], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="of-pages", CORSConfiguration={"CORSRules": [rule]})
    assert browser.send("GET", "/of-pages/k", origin=FOREIGN[0]).allows == FOREIGN[0]
    assert browser.preflight(FOREIGN[0], "/of-pages/k", "PUT", "content-type").allows == FOREIGN[0]
    assert browser.preflight(LOCAL[0], "/of-pages/k", "PUT", "content-type").allows is None
