"""``stratolite doctor`` and the first minute of ``up``, on applications that are well, ill, elsewhere or not there."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import EXAMPLES, ROOT, Starter, command

FOUND = Path(__file__).parent / "found"
RUN_S_MAX = 180
IGNORED = shutil.ignore_patterns(".stratolite", "__pycache__", "node_modules")


def stratolite(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKINGS_", "STRATOLITE_"))}
    return subprocess.run(
        command(*words),
        cwd=folder,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )


def diagnosis(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what ``--json`` says."""
    done = stratolite(folder, "doctor", "--json", "--port", "0", "--app-port", "0", *words)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def troubled(tmp_path: Path) -> Path:
    """A copy of the application in which hardly anything is right."""
    return Path(shutil.copytree(FOUND / "troubled", tmp_path / "troubled", ignore=IGNORED))


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """A repository of three services."""
    return Path(shutil.copytree(FOUND / "agency", tmp_path / "agency", ignore=IGNORED))


def test_a_healthy_application_runs(tmp_path: Path) -> None:
    folder = tmp_path / "users-api"
    shutil.copytree(EXAMPLES / "users-api", folder, ignore=IGNORED)
    before = sorted(folder.rglob("*"))
    code, found = diagnosis(folder)
    assert (code, found["verdict"]) == (0, "runs"), found
    assert (found["service"], found["stage"], found["region"]) == ("users-api", "dev", "us-east-1")
    assert found["functions"] == {"python3.11": 3} and found["events"] == {"http": 3}
    assert not [one for one in found["findings"] if one["state"] in ("lacks", "stops")]
    assert sorted(folder.rglob("*")) == before, "nothing is written"


def test_everything_that_is_wrong_is_told_at_once(troubled: Path) -> None:
    code, found = diagnosis(troubled)
    assert (code, found["verdict"]) == (2, "does not run")
    told = {(one["about"], one["state"], one["where"]) for one in found["findings"]}
    assert {
        ("functions", "lacks", "serverless.yml:30:5"),
        ("functions", "lacks", "serverless.yml:35:5"),
        ("functions", "stops", "serverless.yml:43:3"),
        ("events", "stops", "serverless.yml:50:9"),
        ("plugins", "lacks", "serverless.yml:7:5"),
        ("plugins", "lacks", "serverless.yml:8:5"),
        ("variables", "lacks", "serverless.yml:12:3"),
        ("resources", "stops", "serverless.yml:55:5"),
        ("resources", "stops", "serverless.yml:63:5"),
        ("resources", "stops", "serverless.yml:67:5"),
    } <= told
    whole = "\n".join(f"{one['about']}: {one['what']} {one['todo']}" for one in found["findings"])
    for word in (
        "BOOKINGS_PAYMENTS_URL",
        "BOOKINGS_PAYMENTS_KEY",
        "/bookings/dev/secret",
        "alexaSkill of cancel",
        "scheduel of legacyReport",
        "the runtime ruby2.7 is not run here",
        "no local effect: Network",
        "dependencies: moment is not installed 'stratolite up' runs: npm install",
        "interpreters: nodejs12.x is not installed here",
    ):
        assert word in whole, whole
    assert not (troubled / "node_modules").exists() and not (troubled / ".stratolite").exists()


def test_the_page_shows_what_it_says(troubled: Path) -> None:
    shown = stratolite(troubled, "doctor", "--port", "0", "--app-port", "0")
    assert shown.returncode == 2
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    page = (ROOT / "docs" / "doctor.md").read_text()
    example = page.partition("    $ stratolite doctor\n")[2].partition("\n| mark")[0]
    # What the machine has is another matter.
    beginnings = ("· interpreters", "· tools", "✓ isolation", "✓ ports", "✓               3000")
    wanted = [line[4:].rstrip() for line in example.splitlines()]
    missing = [line for line in wanted if line not in lines and not line.startswith(beginnings)]
    assert not missing, "\n".join([*missing, "--", *lines])


def test_up_tells_the_same_before_it_starts(troubled: Path) -> None:
    done = stratolite(troubled, "up", "--port", "0", "--app-port", "0", "--no-install")
    assert done.returncode == 2 and done.stdout == ""
    assert "error: serverless.yml:50:9: the event 'http' has no method of HTTP, but 'FETCH'" in done.stderr
    file = troubled / "serverless.yml"
    file.write_text(file.read_text().replace("FETCH", "GET"))
    done = stratolite(troubled, "up", "--port", "0", "--app-port", "0", "--no-install")
    assert done.returncode == 2
    assert "2 resources are not made here ('stratolite up --skip-unsupported' starts the rest)" in done.stderr
    assert "serverless.yml:63:5: Clicks is of the type AWS::KinesisFirehose::DeliveryStream" in done.stderr
    assert "serverless.yml:67:5: Guests is of the type AWS::RDS::DBInstance" in done.stderr


def test_up_tells_all_mistakes(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(
        "service: a\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions:\n"
        "  a: {handler: h.a, events: [{http: FETCH /}]}\n  b: {handler: h.b, image: x}\n"
    )
    (tmp_path / "h.js").write_text("exports.a = exports.b = async () => ({});\n")
    done = stratolite(tmp_path, "up")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: 2 mistakes:\n  - serverless.yml:5:3: "), done.stderr
    assert "\n  - serverless.yml:4:31: the event 'http' has no method" in done.stderr
    assert not (tmp_path / ".stratolite").exists(), "nothing is left behind"


def test_services_in_folders_below_are_named(agency: Path) -> None:
    for name in ("up", "doctor"):
        done = stratolite(agency, name)
        assert done.returncode == 2
        for service in ("invoices", "quotes", "reminders"):
            assert f"stratolite up services/{service}" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("service", "lines"),
    [
        ("quotes", ["functions  1 nodejs18.x", "events     1 httpApi", "curl http://", "stratolite invoke quote"]),
        ("invoices", ["events     1 sqs", "aws sqs send-message --queue-url", "stratolite invoke send --generate sqs"]),
        ("reminders", ["events     1 schedule", "stratolite invoke remind --generate schedule"]),
    ],
)
def test_up_tells_what_was_found_and_what_to_try(agency: Path, up: Starter, service: str, lines: list[str]) -> None:
    running = up(agency / "services" / service, "--no-watch")
    for line in (f"agency-{service} · dev · us-east-1", "serverless.yml, Serverless Framework 3", "compiled ", *lines):
        assert line in running.output, running.output
    order = ("framework", "deployed ", "Functions", "Next", "ready in")
    places = [running.output.index(word) for word in order]
    assert places == sorted(places), running.output
    assert "\x1b" not in running.output, "no colour where nobody sees it"


def test_a_second_up_is_told_where_the_first_one_is(agency: Path, up: Starter) -> None:
    quotes = agency / "services" / "quotes"
    running = up(quotes, "--no-watch", data=quotes / ".stratolite")
    endpoint, port = running.note()["endpoint"], running.note()["endpoint"].rpartition(":")[2]
    again = stratolite(quotes, "up", "--port", port)
    assert again.returncode == 2
    assert "it runs already, by 'stratolite up" in again.stderr and endpoint in again.stderr
    other = stratolite(agency / "services" / "reminders", "up", "--port", port)
    assert f"port {port} is in use by '" in other.stderr and f"(pid {running.process.pid})" in other.stderr
    assert "choose another port: --port " in other.stderr
    code, found = diagnosis(quotes)
    assert any(one["about"] == "ports" and "it runs already" in one["what"] for one in found["findings"])
    assert code == 0


@pytest.mark.parametrize("name", ["google", "azure", "cloudflare"])
def test_another_cloud_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "serverless.yml").write_text(f"service: a\nprovider:\n  name: {name}\n  runtime: nodejs18\n")
    for verb in ("up", "doctor"):
        done = stratolite(tmp_path, verb)
        assert done.returncode == 2
        assert f"serverless.yml:3:3: the provider '{name}' is not run here" in done.stdout + done.stderr


def test_no_application_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    code, found = diagnosis(tmp_path)
    assert (code, found["verdict"], found["file"]) == (2, "does not run", None)
    (finding,) = found["findings"]
    assert finding["what"] == "there is no application here"
    assert "an application of the AWS CDK (cdk.json)" in finding["todo"] and "stratolite init" in finding["todo"]


def test_a_template_of_cloudformation_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Q: {Type: AWS::SQS::Queue}\n  S: {Type: AWS::KinesisFirehose::DeliveryStream}\n"
    )
    code, found = diagnosis(tmp_path)
    assert code == 2
    told = [one for one in found["findings"] if one["state"] == "stops"]
    assert [one["where"] for one in told] == ["template.yaml:3:3"]
