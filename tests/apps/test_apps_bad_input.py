"""The user's mistakes: each gets one message that says where and what to do, an exit code, and nothing half made."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.apps.conftest import Starter, Up, http

HANDLER = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"
SERVICE = """\
service: small
provider:
  name: aws
  runtime: python3.11
functions:
  hello:
    handler: app.handler
    events:
      - http: {{ path: hello, method: get }}
{more}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "small"
    made.mkdir()
    (made / "app.py").write_text(HANDLER)
    (made / "serverless.yml").write_text(SERVICE.format(more=""))
    return made


def refused(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What ``up`` says to a mistake."""
    return subprocess.run(
        [sys.executable, "-m", "stratolite", "up", str(folder), "--port", "0", "--app-port", "0", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=180,
    )


MISTAKES = {
    "malformed YAML": ("service: small\nprovider: {name: aws\n", ":", "malformed YAML"),
    "a tab": ("service: small\nprovider:\n\tname: aws\n", ":3:1", "tabs"),
    "a list": ("- service\n", ":1:1", ""),
    "empty": ("", "serverless.yml", "empty"),
    "a key twice": (SERVICE.format(more="service: again\n"), ":10:1", "twice"),
    "an unresolved variable": (SERVICE.format(more="custom:\n  x: ${self:custom.y}\n"), ":11:", "self:custom.y"),
    "a missing variable of the environment": (
        SERVICE.format(more="custom:\n  x: ${env:SURELY_NOT_SET_ANYWHERE}\n"),
        ":11:",
        "SURELY_NOT_SET_ANYWHERE",
    ),
    "a missing file": (SERVICE.format(more="custom: ${file(./no.yml)}\n"), ":10:", "no.yml"),
    "a missing handler file": (SERVICE.format(more="").replace("app.handler", "no.handler"), ":7:", "no.handler"),
    "a missing export": (SERVICE.format(more="").replace("app.handler", "app.nothing"), ":7:", "nothing"),
    "a misspelt setting": (
        SERVICE.format(more="").replace("runtime:", "runtme:"),
        ":4:3",
        "Perhaps 'runtime' is meant",
    ),
    "an event of a later version": (
        SERVICE.format(more="").replace("- http: { path: hello, method: get }", "- alexaSkill: amzn1.ask.skill.x"),
        ":9:",
        "alexaSkill",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda name: name.replace(" ", "-"))
def test_a_mistake_in_the_file_is_told_with_its_place(folder: Path, mistake: str) -> None:
    text, place, word = MISTAKES[mistake]
    (folder / "serverless.yml").write_text(text)
    # What the rest can do without is a mistake too, for those who are strict.
    done = refused(folder, "--strict")
    assert done.returncode == 2, done.stderr
    assert place in done.stderr and word in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (folder / ".stratolite").exists(), "nothing is made for a file that cannot be compiled"


def test_a_mistake_that_is_told_while_a_cloud_runs_leaves_nothing_behind(folder: Path) -> None:
    (folder / "serverless.yml").write_text(
        SERVICE.format(more="custom:\n  level: ${ssm:/small/level, 'low'}\n").replace("method: get", "method: fetch")
    )
    done = refused(folder)
    assert done.returncode == 2 and ":9:" in done.stderr and "'fetch'".upper() in done.stderr.upper()
    assert not (folder / ".stratolite").exists()


RESOURCES = {
    "a resource type that is not there": (
        "resources:\n  Resources:\n    It:\n      Type: AWS::KinesisFirehose::DeliveryStream\n",
        "AWS::KinesisFirehose::DeliveryStream",
    ),
    "a property that does not exist": (
        "resources:\n  Resources:\n    It:\n      Type: AWS::SNS::Topic\n      Properties: { Colour: red }\n",
        "serverless.yml:12:5: Properties validation failed for resource It with message:\n#: extraneous key [Colour]",
    ),
    "a reference of a resource to nothing": (
        "resources:\n  Resources:\n    It:\n      Type: AWS::SNS::Topic\n      Properties: { TopicName: !Ref Nope }\n",
        "serverless.yml:12:5: Template format error: Unresolved resource dependencies [Nope]",
    ),
    "a reference to nothing": (
        "resources:\n  Outputs:\n    X:\n      Value: !Ref Nothing\n",
        "Nothing",
    ),
}


@pytest.mark.parametrize("mistake", RESOURCES, ids=lambda name: name.replace(" ", "-"))
def test_a_resource_that_cannot_be_made_is_named_before_anything_is_made(
    folder: Path, tmp_path: Path, up: Starter, mistake: str
) -> None:
    text, word = RESOURCES[mistake]
    (folder / "serverless.yml").write_text(SERVICE.format(more=text))
    done = refused(folder, "--data", str(tmp_path / "data"))
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert word in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    # What was refused left nothing that stands in the way of the file once it is right.
    (folder / "serverless.yml").write_text(SERVICE.format(more=""))
    running = up(folder, "--no-watch", data=tmp_path / "data")
    assert http("GET", running.url("/dev/hello")).body == b"ok"


def test_a_language_that_is_not_run_is_named_with_its_function(folder: Path) -> None:
    (folder / "app.rb").write_text("def handler(event:, context:) = 1\n")
    (folder / "serverless.yml").write_text(SERVICE.format(more="").replace("python3.11", "ruby3.3"))
    done = refused(folder)
    assert done.returncode in (1, 2)
    assert "ruby3.3" in done.stderr and "hello" in done.stderr.lower(), done.stderr


def test_a_module_that_cannot_be_read_is_told_before_it_is_called(up: Starter, folder: Path) -> None:
    (folder / "app.py").write_text("def handler(event, context)\n    return 1\n")
    running = up(folder)
    assert "app.py:1:28: expected ':': the function hello fails when it is called" in running.output
    assert http("GET", running.url("/dev/hello")).status == 502
    seen = len(running.lines)
    (folder / "app.py").write_text(HANDLER)
    running.until("app.py: deployed in", after=seen)
    assert http("GET", running.url("/dev/hello")).body == b"ok"


def test_an_import_error_is_shown_when_the_function_is_called(up: Starter, folder: Path) -> None:
    (folder / "app.py").write_text("import surely_not_installed\n" + HANDLER)
    running = up(folder, "--no-watch")
    answer = http("GET", running.url("/dev/hello"))
    assert (answer.status, answer.json()) == (502, {"message": "Internal server error"})
    running.until("No module named 'surely_not_installed'")


def test_a_port_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = refused(folder, "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "--port" in done.stderr


def test_a_data_folder_in_use(up: Starter, folder: Path, tmp_path: Path) -> None:
    running = up(folder, "--no-watch", data=tmp_path / "data")
    done = refused(folder, "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert f"(pid {running.process.pid})" in done.stderr
    assert "--data" in done.stderr


def test_a_newer_data_folder(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "format").write_text("99\n")
    done = refused(folder, "--data", str(data))
    assert done.returncode == 2
    assert "newer version" in done.stderr


def test_what_is_no_application(tmp_path: Path) -> None:
    done = refused(tmp_path)
    assert done.returncode == 2
    assert "serverless.yml" in done.stderr
    gone = refused(tmp_path / "nowhere")
    assert gone.returncode == 2
    assert "no such file or folder" in gone.stderr


@pytest.mark.parametrize(
    ("event", "arn"),
    [
        ("{arn}", "arn:aws:sns:us-east-1:111122223333:orders"),
        ("{{ arn: '{arn}' }}", "arn:aws:sns:eu-west-1:111122223333:orders"),
    ],
)
def test_a_topic_of_another_team_gets_a_stand_in(up: Starter, folder: Path, event: str, arn: str) -> None:
    source = "def handler(event, context):\n    print('saw', event['Records'][0]['Sns']['Message'])\n"
    (folder / "app.py").write_text(source)
    text = SERVICE.format(more="").replace("http: { path: hello, method: get }", f"sns: {event.format(arn=arn)}")
    (folder / "serverless.yml").write_text(text)
    strict = refused(folder, "--no-stand-ins")
    assert strict.returncode == 2
    assert arn in strict.stderr
    running = up(folder, "--no-watch")
    told = [line for line in running.lines if arn in line]
    assert len(told) == 1 and "stand-in" in told[0], running.output
    sns = running.client("sns", region=arn.split(":")[3])
    sns.publish(TopicArn=arn, Message="hello from afar")
    running.until("saw hello from afar")


def test_package_writes_the_template_offline(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "template.json"
    command = [sys.executable, "-m", "stratolite", "package", str(folder), "--stage", "prod", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    resources = json.loads(out.read_text())["Resources"]
    assert resources["HelloLambdaFunction"]["Properties"]["FunctionName"] == "small-prod-hello"
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_plugin_that_is_not_known_is_refused_unless_it_is_let_go(folder: Path) -> None:
    (folder / "serverless.yml").write_text(SERVICE.format(more="plugins:\n  - serverless-surely-unknown\n"))
    done = refused(folder, "--strict")
    assert done.returncode == 2
    assert "serverless-surely-unknown" in done.stderr and ":11:" in done.stderr, done.stderr
    command = [
        sys.executable,
        "-m",
        "stratolite",
        "package",
        str(folder),
        "--ignore-plugin",
        "serverless-surely-unknown",
    ]
    ignored = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ignored.returncode == 0, ignored.stderr


def test_two_applications_at_once(up: Starter, folder: Path, tmp_path: Path) -> None:
    first: Up = up(folder, "--no-watch", data=tmp_path / "one")
    second: Up = up(folder, "--no-watch", "--stage", "other", data=tmp_path / "two")
    assert http("GET", first.url("/dev/hello")).body == http("GET", second.url("/other/hello")).body == b"ok"


def test_a_runtime_that_is_not_installed_runs_on_the_nearest_with_a_warning(up: Starter, folder: Path) -> None:
    (folder / "serverless.yml").write_text(SERVICE.format(more="").replace("python3.11", "python3.8"))
    running = up(folder, "--no-watch")
    told = [line for line in running.lines if line.startswith("warning: ") and "python3.8" in line]
    assert len(told) == 1 and "runs it instead" in told[0], running.output
    assert http("GET", running.url("/dev/hello")).body == b"ok"
