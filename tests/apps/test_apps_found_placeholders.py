"""A service whose file has placeholders where its authors have values, and settings that AWS refuses: it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.apps.conftest import Up, http

FOUND = Path(__file__).parent / "found"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(FOUND / "half-filled", tmp_path_factory.mktemp("reports") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def test_what_stands_for_what_is_told(reports: Up) -> None:
    for told in (
        "serverless-offline: done here",
        "characters, and AWS allows 64",
        "'my_deploy_bucket' is 'my-deploy-bucket' here",
        "stand-ins are taken: common-layer, SECURITY_GROUPS, SUBNET",
        "no ARNs, which AWS refuses: '<REPORTS_TABLE_ARN>', 'arn:aws:s3:reports-bucket/*'",
        "neither an ARN nor made by the file: RowsRole",
        "read as 'method.request...' here",
    ):
        assert told in reports.output, told


def test_it_answers(reports: Up) -> None:
    answer = http("GET", reports.url("/dev/reports/7"), headers={"Authorization": "x"})
    assert (answer.status, answer.json()) == (200, {"id": "7", "operation": "getReport"})
    assert http("GET", reports.url("/dev/reports/7")).status == 401


def test_rows_come_as_they_are_made(reports: Up) -> None:
    answer = http("GET", reports.url("/dev/reports/7/rows"))
    assert (answer.status, answer.body) == (200, b"7,1\n7,2\n7,3\n")
