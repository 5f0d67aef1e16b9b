"""All that is found and all that is wrong in a file, whatever it is that the compiler would have stopped at."""

from pathlib import Path

import pytest

from stratolite.core.clock import MovableClock
from stratolite.core.errors import UserError
from stratolite.templates.serverless import Options
from stratolite.templates.serverless.diagnosis import Diagnosis, diagnose
from stratolite.templates.serverless.survey import IMAGE, survey
from stratolite.templates.yaml_reader import parse_yaml

HEAD = "service: shop\nframeworkVersion: ^3.2\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"


def diagnosed(folder: Path, text: str, **options: object) -> Diagnosis:
    (folder / "h.js").write_text("exports.handler = async () => ({});\n")
    (folder / "serverless.yml").write_text(text if "service:" in text else HEAD + text)
    return diagnose(folder / "serverless.yml", Options(clock=MovableClock(0), **options))  # type: ignore[arg-type]


def told(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """(what it concerns, line and column) of each mistake."""
    return [(one.about, one.error.where.partition(":")[2]) for one in diagnosis.mistakes]


def test_every_mistake_is_told_and_the_rest_is_compiled(tmp_path: Path) -> None:
    diagnosis = diagnosed(
        tmp_path,
        """\
functions:
  one:
    handler: missing.handler
    events:
      - alexaSkill: {enabled: false}
      - http: FETCH /a
  two:
    handler: h.handler
    events:
      - htpp: GET /b
      - http: GET /b
  three:
    handler: h.handler
    image: a@sha256:b
layers:
  tools: {path: nowhere}
""",
    )
    assert sorted(told(diagnosis)) == [
        ("events", "10:9"),
        ("events", "11:9"),
        ("events", "15:9"),
        ("functions", "17:3"),
        ("functions", "21:11"),
        ("functions", "8:5"),
    ]
    assert diagnosis.compiled is not None
    assert {"OneLambdaFunction", "TwoLambdaFunction"} < diagnosis.compiled.template["Resources"].keys()
    assert diagnosis.stubs == {"OneLambdaFunction"}


def test_who_refers_to_what_was_cut_out_makes_no_mistake(tmp_path: Path) -> None:
    diagnosis = diagnosed(
        tmp_path,
        """\
functions:
  auth: {}
  list:
    handler: h.handler
    events:
      - http: {path: a, method: get, authorizer: auth}
""",
    )
    assert told(diagnosis) == [("functions", "7:3")]


def test_a_refused_plugin_does_not_hide_the_rest(tmp_path: Path) -> None:
    diagnosis = diagnosed(
        tmp_path,
        "plugins: [serverless-nobody-knows]\nfunctions: {a: {handler: no.handler}}\n",
    )
    assert told(diagnosis) == [("plugins", "6:11"), ("functions", "7:17")]
    assert [(one.name, one.row) for one in diagnosis.survey.plugins] == [("serverless-nobody-knows", None)]


def test_variables_that_cannot_be_resolved_are_told_one_by_one(tmp_path: Path) -> None:
    diagnosis = diagnosed(
        tmp_path, "custom: {a: '${env:NONE_A}', b: '${env:NONE_B}'}\nfunctions: {a: {handler: h.x}}\n"
    )
    assert told(diagnosis) == [("variables", "6:10"), ("variables", "6:30")]
    assert diagnosis.resolved is None and diagnosis.compiled is None
    assert diagnosis.survey.runtimes == {"nodejs20.x": 1}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("service: a\nprovider: {name: google}\n", "2:12"),
        ("service: a\n", "1:1"),
        ("service: a\nprovider: {name: aws}\nfunctions: 5\n", "3:1"),
    ],
)
def test_what_nothing_can_be_without_ends_it(tmp_path: Path, text: str, place: str) -> None:
    mistakes = diagnosed(tmp_path, text).mistakes
    assert len(mistakes) == 1 and mistakes[0].error.where.endswith(f":{place}")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=":1:1: the file is not a mapping"):
        diagnosed(tmp_path, "- service: a\n")


def test_nothing_is_built_or_written(tmp_path: Path) -> None:
    (tmp_path / "t.ts").write_text("export const handler = async () => ({});\n")
    (tmp_path / "package.json").write_text('{"devDependencies": {"esbuild": "*"}}')
    text = "plugins: [serverless-esbuild]\nfunctions: {a: {handler: t.handler}}\n"
    diagnosis = diagnosed(tmp_path, text, is_lenient=True)
    assert told(diagnosis) == []
    assert [one.kind for one in diagnosis.missing] == ["npm"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["h.js", "package.json", "serverless.yml", "t.ts"]


def test_a_survey_counts_what_can_be_read() -> None:
    text = """\
service: shop
frameworkVersion: 3
provider: {name: aws, runtime: nodejs18.x}
plugins: [serverless-offline, ./own]
functions:
  - a: {handler: x.y, events: [{http: GET /}, {http: POST /}, sqs]}
    b: {handler: x.y, runtime: python3.11}
  - c: {image: x}
    d: 5
"""
    found = survey(parse_yaml(text, "serverless.yml"))
    assert (found.service, found.version) == ("shop", "3")
    assert found.runtimes == {"nodejs18.x": 1, "python3.11": 1, IMAGE: 1}
    assert found.events == {"http": 2, "sqs": 1}
    assert [(one.name, one.at, one.row is not None) for one in found.plugins] == [
        ("serverless-offline", "serverless.yml:4:11", True),
        ("./own", "serverless.yml:4:31", False),
    ]


def test_a_survey_of_nonsense_is_empty() -> None:
    found = survey(parse_yaml("provider: [1]\nfunctions: {a: 1}\nplugins: 5\n", "serverless.yml"))
    assert (found.runtimes, found.events, found.plugins) == ({}, {}, ())
