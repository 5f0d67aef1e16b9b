"""The schema: what is coerced and what is told, as Serverless Framework 3.40.0 coerces and says it."""

import json
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.document import Map, Mark, positioned
from stratolite.templates.serverless.schema import check, notation
from stratolite.templates.serverless.schema.coercion import Cell
from stratolite.templates.serverless.schema.problem import Place
from stratolite.templates.yaml_reader import parse_yaml

HEAD = "service: shop\nprovider:\n  name: aws\n"


def document(text: str) -> Map:
    body = dedent(text) if text.startswith(" " * 8) else text
    found = parse_yaml(HEAD + body, "f", dates=True)
    assert isinstance(found, Map)
    return found


def told(text: str) -> list[str]:
    """What is told, without the places."""
    return [warning.what for warning in check(document(text))]


COERCED: list[tuple[str, Any]] = [
    ("  timeout: '10'\n", {"timeout": 10}),
    ("  memorySize: '512'\n", {"memorySize": 512}),
    (
        "  environment: {A: 5, B: true, C: 1.50, D: '', E: null}\n",
        {"environment": {"A": "5", "B": "true", "C": "1.5", "D": "", "E": None}},
    ),
    (
        "  iam: {role: {statements: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}}\n",
        {"iam": {"role": {"statements": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]}}},
    ),
    ("  versionFunctions: 'false'\n", {"versionFunctions": False}),
    (
        "  layers: 'arn:aws:lambda:us-east-1:123456789012:layer:x:1'\n",
        {"layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]},
    ),
    ("  apiName: [shop]\n", {"apiName": "shop"}),
    ("  httpApi: {payload: 2.0}\n", {"httpApi": {"payload": "2"}}),
    ("  tags: {a: 1}\n", {"tags": {"a": "1"}}),
]


@pytest.mark.parametrize(("text", "provider"), COERCED)
def test_values_are_taken_for_what_is_wanted(text: str, provider: Any) -> None:
    found = document(text)
    assert check(found) == ()
    assert json.loads(json.dumps(found["provider"])) == {"name": "aws", **provider}


def test_resources_and_functions_are_coerced_too() -> None:
    found = document("""\
        functions:
          f:
            handler: h.x
            memorySize: '256'
            dependsOn: Table
            events:
              - http: {path: /a, method: GET, cors: 'true', authorizer: {name: a, resultTtlInSeconds: '0', scopes: x}}
              - sns: {topicName: t, filterPolicy: {a: [1]}}
        resources:
          Resources:
            Table: {Type: 'AWS::SNS::Topic', DependsOn: Other, DeletionPolicy: Retain}
        package: {patterns: 'src/**'}
        """)
    assert check(found) == ()
    function = found["functions"]["f"]
    assert (function["memorySize"], function["dependsOn"]) == (256, ["Table"])
    http = function["events"][0]["http"]
    assert http["cors"] is True
    assert http["authorizer"] == {"name": "a", "resultTtlInSeconds": 0, "scopes": ["x"]}
    assert found["resources"]["Resources"]["Table"]["DependsOn"] == ["Other"]
    assert found["package"] == {"patterns": ["src/**"]}
    # What was made has the place of what it was made of.
    assert str(found["package"]["patterns"].at) == "f:15:11"


TOLD: list[tuple[str, list[str]]] = [
    ("foo: 1\n", ["at root: unrecognized property 'foo'"]),
    ("  timeout: 1000\n", ["at 'provider.timeout': must be <= 900"]),
    ("  timeout: soon\n", ["at 'provider.timeout': must be integer"]),
    ("  stage: a_b\n", ["at 'provider.stage': must match pattern \"^[a-zA-Z0-9-]+$\""]),
    (
        "  tracing: {lambda: Sometimes}\n",
        ["at 'provider.tracing.lambda': must be equal to one of the allowed values [Active, PassThrough]"],
    ),
    ("functions: {a b: {handler: h.x}}\n", ["at 'functions': name 'a b' must be alphanumeric"]),
    ("functions: {f: {handler: h.x, memory: 5}}\n", ["at 'functions.f': unrecognized property 'memory'"]),
    ("functions: {f: {events: [{https: x}]}}\n", ["at 'functions.f.events.0': unsupported function event"]),
    (
        "functions: {f: {events: [{http: GET a}]}}\n",
        [
            "at 'functions.f.events.0.http': value 'GET a' does not satisfy pattern "
            r"/^(?:\*|(GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE|ANY) (/\S*))$/i"
        ],
    ),
    (
        "functions: {f: {events: [{http: {path: a}}]}}\n",
        ["at 'functions.f.events.0.http': must have required property 'method'"],
    ),
    ("functions: {f: {events: [{sqs: 5}]}}\n", ["at 'functions.f.events.0.sqs': must match pattern \"^arn:\""]),
    (
        "functions: {f: {events: [{http: GET /a, extra: 1}]}}\n",
        ["at 'functions.f.events.0': unrecognized property 'extra'"],
    ),
    (
        "resources: {Resources: {T: {Properties: {}}}}\n",
        ["at 'resources.Resources.T': must have required property 'Type'"],
    ),
    ("useDotenv: 'true'\n", ["at 'useDotenv': must be equal to constant"]),
    (
        "  iamRoleStatements: [{Action: x, Resource: '*'}]\n",
        ["at 'provider.iamRoleStatements.0': must have required property 'Effect'"],
    ),
    (
        "  deploymentMethod: direkt\n",
        ["at 'provider.deploymentMethod': must be equal to one of the allowed values [changesets, direct]"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), TOLD)
def test_what_does_not_fit_is_told_in_the_frameworks_words(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_warnings_carry_places() -> None:
    text = "functions:\n  f:\n    handler: h.x\n    memory: 5\n    events:\n      - http:\n          path: a\n"
    found = check(document(text))
    assert texts(found) == (
        "f:7:5: at 'functions.f': unrecognized property 'memory'",
        "f:9:9: at 'functions.f.events.0.http': must have required property 'method'",
    )
    assert [(one.about, one.where) for one in found] == [("functions", "f:7:5"), ("events", "f:9:9")]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("function: {f: {handler: h.x}}\n", "functions"),
        ("functions: {f: {handler: h.x, memorysize: 5}}\n", "memorySize"),
        ("functions: {f: {handler: h.x, timout: 5}}\n", "timeout"),
        ("functions: {f: {handler: h.x, events: [{htttp: GET /}]}}\n", "http"),
        ("functions: {f: {handler: h.x, runtime: python3.12.}}\n", "python3.12"),
    ],
)
def test_what_may_be_meant_is_told(text: str, meant: str) -> None:
    [warning] = check(document(text))
    assert warning.todo == f"Perhaps '{meant}' is meant."


def test_nothing_is_meant_by_a_word_like_no_other() -> None:
    [warning] = check(document("foo: 1\n"))
    assert warning.todo == ""


def test_the_mode_says_whether_it_is_an_error() -> None:
    assert check(document("configValidationMode: 'off'\nfoo: 1\n")) == ()
    with pytest.raises(UserError) as error:
        check(document("configValidationMode: error\nfoo: 1\n"))
    assert (error.value.what, error.value.where) == (
        "Configuration error at root: unrecognized property 'foo'",
        "f:5:1",
    )
    with pytest.raises(UserError) as error:
        check(document("configValidationMode: error\nfoo: 1\nbar: 1\n"))
    assert "f:5:1: at root: unrecognized property 'foo'" in error.value.what
    assert "f:6:1: at root: unrecognized property 'bar'" in error.value.what


def test_settings_of_plugins_are_known_where_the_plugin_is() -> None:
    text = "functions: {f: {handler: h.x, iamRoleStatements: []}}\n"
    assert told(text) == ["at 'functions.f': unrecognized property 'iamRoleStatements'"]
    assert check(document(text), frozenset({"functions.*.iamRoleStatements"})) == ()


def test_runtimes_and_regions_that_are_newer_are_known() -> None:
    assert told("  runtime: python3.13\n  region: mx-central-1\n") == []


def test_a_choice_that_fails_coerces_all_the_same() -> None:
    """As ajv does: a number becomes a text for the first choice, though the second is the one that fits."""
    found = document("  vpc: {securityGroupIds: [1], subnetIds: [{Ref: A}]}\n")
    assert check(found) == ()
    assert found["provider"]["vpc"] == {"securityGroupIds": ["1"], "subnetIds": [{"Ref": "A"}]}


def test_every_shape_can_be_read() -> None:
    assert len(notation.names()) > 90
    for name in notation.names():
        notation.shape(name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2000) | st.text("a1*:/", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Ref", "arn", "a", "path"]), inner),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(notation.names()), VALUES)
def test_any_value_is_coerced_or_told_and_the_same_again(name: str, value: Any) -> None:
    """What was coerced once stays as it is."""
    holder = [positioned(value, Mark("f"))]
    shape = notation.shape(name)
    if shape.check(Cell(holder, 0), Place()):
        return
    once = json.dumps(holder)
    assert shape.check(Cell(holder, 0), Place()) == []
    assert json.dumps(holder) == once
