"""Services that were written for serverless-offline and a dozen plugins, run as they are."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.apps.conftest import Up, eventually, http

FOUND = Path(__file__).parent / "found"
ORIGIN = "http://localhost:8080"


def run(name: str, data: Path) -> Iterator[Up]:
    running = Up(FOUND / name, data, ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def booking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    yield from run("booking-api", tmp_path_factory.mktemp("booking") / "data")


@pytest.fixture(scope="module")
def badges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    yield from run("badge-maker", tmp_path_factory.mktemp("badges") / "data")


def test_what_is_not_done_is_told(booking: Up) -> None:
    assert "2 plugins are not known here and skipped" in booking.output
    assert "serverless-plugin-company-standards, ./plugins/announce (the project's own)" in booking.output
    assert "before:package:createDeploymentArtifacts: npm run generate" in booking.output
    assert "custom.serverless-offline.noTimeout has no effect" in booking.output
    assert "custom.serverless-offline.useChildProcesses" not in booking.output


def test_routes_are_shown_as_they_answer(booking: Up) -> None:
    base = booking.note()["app_endpoint"]
    assert f"GET   {base}/offline/bookings" in booking.output
    assert f"GET   {base}/offline/report" in booking.output


def test_paths_have_a_prefix_and_no_stage_and_events_those_of_aws(booking: Up) -> None:
    for path in ("/offline/bookings", "/bookings", "/dev/bookings", "/offline/dev/bookings"):
        assert http("GET", booking.url(path)).json() == {"path": "/bookings", "account": "000000000000"}
    assert http("GET", booking.url("/offline/report")).json() == {"path": "/report"}
    assert http("GET", booking.url("/offline/nothing")).status in (403, 404)


def test_nobody_is_asked_who_he_is(booking: Up) -> None:
    claims = urlsafe_b64encode(json.dumps({"email": "ada@example.com"}).encode()).decode().rstrip("=")
    token = {"Authorization": f"Bearer e30.{claims}.x"}
    made = http("POST", booking.url("/bookings"), {}, headers=token)
    assert (made.status, made.json()) == (201, {"by": "ada@example.com", "path": "/dev/bookings"})
    assert http("POST", booking.url("/bookings"), {}).json()["by"] == "offlineContext_authorizer_principalId"
    assert http("POST", booking.url("/bookings/7/refund"), {}).status == 202


def test_pages_of_other_origins_may_read(booking: Up) -> None:
    answer = http("POST", booking.url("/bookings/7/refund"), {}, headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    answer = http("POST", booking.url("/bookings/7/refund"), {}, headers={"Origin": "https://elsewhere.example.com"})
    assert "access-control-allow-origin" not in answer.headers
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    preflight = http("OPTIONS", booking.url("/offline/bookings/7/refund"), headers=asked)
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (200, "POST")
    assert preflight.headers["access-control-allow-headers"] == "accept,content-type,authorization"
    # What a function says itself stands.
    assert (
        http("GET", booking.url("/bookings"), headers={"Origin": ORIGIN}).headers["access-control-allow-origin"] == "*"
    )


def test_what_plugins_change_is_deployed(booking: Up) -> None:
    groups = booking.client("logs", "eu-west-1").describe_log_groups(logGroupNamePrefix="/aws/lambda/booking-api")
    assert {group["retentionInDays"] for group in groups["logGroups"]} == {14}
    assert booking.client("events", "eu-west-1").list_rules()["Rules"] == []
    tags = booking.client("lambda", "eu-west-1").get_function(FunctionName="booking-api-dev-list")["Tags"]
    assert tags["team"] == "travel"


def test_bodies_are_bytes(badges: Up) -> None:
    answer = http("GET", badges.url("/dev/badge/ada"), headers={"Accept": "image/png"})
    assert (answer.headers["content-type"], answer.body[:4]) == ("image/png", b"\x89PNG")
    key = {"x-api-key": "d41d8cd98f00b204e9800998ecf8427e"}
    answer = http("PUT", badges.url("/dev/badge"), answer.body, headers={"Content-Type": "image/png", **key})
    assert answer.json()["binary"] is True


def test_the_key_of_the_file_opens_private_methods(badges: Up) -> None:
    assert http("PUT", badges.url("/dev/badge"), b"x", headers={"x-api-key": "another"}).status == 403


def test_stage_variables_rates_and_conditions(badges: Up) -> None:
    answers = [http("GET", badges.url("/dev/limited")) for _ in range(10)]
    assert answers[0].body == b"dark" and 429 in {answer.status for answer in answers}
    assert http("GET", badges.url("/dev/debug")).status == 403
    assert badges.client("sqs").get_queue_url(QueueName="badges-lost")["QueueUrl"]


def test_alarms_watch_and_logs_are_handed_on(badges: Up) -> None:
    alarms = badges.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {(alarm["MetricName"], alarm["AlarmActions"][0].rpartition(":")[2]) for alarm in alarms}
    assert ("Errors", "badge-alarms") in watched and ("FailedBadgeLambdaFunction", "badge-alarms") in watched
    assert http("GET", badges.url("/dev/badge/nobody")).status == 404
    badges.drain()
    logs = badges.client("logs")

    def lines() -> list[str]:
        group = "/aws/lambda/badge-maker-dev-audit"
        return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]

    assert eventually(lines, lambda found: any("audited 1" in line for line in found))
