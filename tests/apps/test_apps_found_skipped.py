"""Applications with resources that are not made here: refused by name, or started without them."""

import json
import re
import subprocess
from pathlib import Path

from tests.apps.conftest import Starter, command, http

ANALYTICS = Path(__file__).parent / "found" / "site-analytics"
LINE = (
    "3 resources are not made here, and skipped: Archive (AWS::KinesisFirehose::DeliveryStream), ArchiveLogs "
    "(AWS::Logs::SubscriptionFilter), Warehouse (AWS::RDS::DBInstance): what uses them fails"
)


def refused(path: Path, data: Path, *arguments: str) -> str:
    """What ``up`` says to an application that it does not start."""
    line = command("up", path, "--data", data, "--port", "0", "--app-port", "0", *arguments)
    done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=180)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert not data.exists(), "it is told before there is a cloud"
    return done.stderr


def test_all_of_them_are_refused_at_once_with_their_places(tmp_path: Path) -> None:
    told = refused(ANALYTICS, tmp_path / "data")
    assert "2 resources are not made here ('stratolite up --skip-unsupported' starts the rest):" in told
    for name, kind in (
        ("Archive", "AWS::KinesisFirehose::DeliveryStream"),
        ("Warehouse", "AWS::RDS::DBInstance"),
    ):
        (line,) = (
            line for line in told.splitlines() if f": {name} is of the type {kind}, which is not made here" in line
        )
        assert re.search(r"serverless\.yml:\d+:5: ", line)


def test_who_is_strict_skips_nothing(tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(
        '{"Resources": {"Clicks": {"Type": "AWS::KinesisFirehose::DeliveryStream"}}}'
    )
    told = refused(tmp_path / "template.json", tmp_path / "data", "--strict")
    assert "Clicks is of the type AWS::KinesisFirehose::DeliveryStream, which is not made here" in told
    told = refused(tmp_path / "template.json", tmp_path / "data", "--strict", "--skip-unsupported")
    assert "--strict refuses what --skip-unsupported leaves out" in told


def test_a_type_that_is_misspelt_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text('{"Resources": {"Clicks": {"Type": "AWS::DynamoDB::Tabel"}}}')
    told = refused(tmp_path / "template.json", tmp_path / "data")
    assert "AWS::DynamoDB::Tabel, which is not made here\n  Perhaps AWS::DynamoDB::Table is meant. If not: " in told


def test_the_main_path_works_without_them(up: Starter) -> None:
    running = up(ANALYTICS, "--skip-unsupported", "--no-watch")
    created = http("POST", running.url("/dev/pages/home/visits"), {})
    assert created.status == 201
    assert http("GET", running.url("/dev/pages/home/visits")).json() == [created.json()]
    running.until("reported home")
    running.until('"eventName":"INSERT"')
    assert http("POST", running.url("/dev/clicks"), {"x": 1}).status == 202
    running.until('clicked {"x": 1}')

    assert running.output.count(LINE) == 1
    assert "3 resources have no local effect: Key, KeyAlias, WarehouseSubnets" in running.output
    settings = http("GET", running.url("/dev/settings")).json()
    assert re.fullmatch(r"arn:aws:kms:eu-west-1:\d{12}:key/[0-9a-f-]{36}", settings.pop("KEY_ARN"))
    archive = settings.pop("ARCHIVE_STREAM_ARN")
    assert re.fullmatch(r"arn:aws:firehose:eu-west-1:\d{12}:deliverystream/site-analytics-dev-Archive-\w+", archive)
    assert settings == {
        "CLICKS_STREAM": "clicks-dev",
        "DATABASE_HOST": "warehouse.skipped.invalid",
        "DATABASE_PORT": "5432",
        "database": "gaierror",
    }


def test_what_uses_them_fails_by_name(up: Starter) -> None:
    running = up(ANALYTICS, "--skip-unsupported", "--no-watch")
    assert http("POST", running.url("/dev/exports"), {"x": 1}).status == 502
    running.until("firehose")


def test_info_lists_them(up: Starter) -> None:
    running = up(ANALYTICS, "--skip-unsupported", "--no-watch")
    endpoint = running.note()["endpoint"]
    told = subprocess.run(
        command("info", "--region", "eu-west-1", "--endpoint", endpoint),
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    assert LINE in told.stdout
    line = command("info", "--region", "eu-west-1", "--endpoint", endpoint, "--json")
    found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True, timeout=180).stdout)
    assert {one["logical_id"]: one["type"] for one in found["stacks"][0]["not_made"]} == {
        "Archive": "AWS::KinesisFirehose::DeliveryStream",
        "ArchiveLogs": "AWS::Logs::SubscriptionFilter",
        "Warehouse": "AWS::RDS::DBInstance",
    }
