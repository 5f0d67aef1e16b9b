"""Variables that cannot be resolved: told all at once, in the Serverless Framework's words, each with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import texts

from stratolite.core.errors import AwsError, UserError, ValidationError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables.resolver import resolve
from stratolite.templates.serverless.variables.sources import SECRETS

HEAD = "service: shop\nprovider:\n  name: aws\n"


def refusal(folder: Path, text: str, files: dict[str, str] | None = None, **options: Any) -> UserError:
    for name, content in {"serverless.yml": HEAD + text, **(files or {})}.items():
        (folder / name).write_text(content)
    with pytest.raises(UserError) as error:
        resolve(folder / "serverless.yml", Options(**{"env": {}, **options}))
    return error.value


# The variable, and what Serverless Framework 3.40.0 says of it at custom.x.
TOLD = {
    "${self:custom.no}": 'Cannot resolve variable at "custom.x": Value not found at "self" source',
    "${env:NO}": 'Cannot resolve variable at "custom.x": Value not found at "env" source',
    "${opt:a, env:NO}": 'Cannot resolve variable at "custom.x": Value not found at "env" source',
    "${file(./no.yml)}": 'Cannot resolve variable at "custom.x": Value not found at "file" source',
    "a${self:custom.map}": 'Cannot resolve variable at "custom.x": '
    "String value consist of variable which resolve with non-string value",
    "${env:}": 'Cannot resolve variable at "custom.x": Missing address argument in variable "env" source',
    "${sls:foo}": 'Cannot resolve variable at "custom.x": Unsupported "foo" address argument in variable "sls" source',
    "${aws:foo}": 'Cannot resolve variable at "custom.x": Unsupported "foo" address argument in variable "aws" source',
    "${strToBool(maybe)}": 'Cannot resolve variable at "custom.x": Invalid "strToBool" input: '
    'Expected either "true", "false", "0", or "1". Received: maybe',
    "${strToBool()}": 'Cannot resolve variable at "custom.x": Missing "strToBool" input',
    "${file()}": 'Cannot resolve variable at "custom.x": Missing path argument in variable "file" source',
    "${opt:a, ${self:service}}": 'Variable syntax error at "custom.x": '
    'Invalid variable source at index 9 in "${opt:a, ${self:service}}"',
    "${self:custom.x}": 'Cannot resolve variable at "custom.x": Circular reference. "custom.x" refers to itself',
    "${self:custom}": 'Cannot resolve variable at "custom.x": Circular reference. "custom.x" refers to itself',
}


@pytest.mark.parametrize("variable", TOLD)
def test_what_cannot_be_resolved(tmp_path: Path, variable: str) -> None:
    error = refusal(tmp_path, f"custom:\n  map: {{a: 1}}\n  x: '{variable}'\n")
    assert error.what == TOLD[variable]
    assert error.where == f"{tmp_path / 'serverless.yml'}:6:3"


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("${ssm:/a/b}", ["ssm", "Systems Manager"]),
        ("${s3:bucket/key}", ["s3", "S3"]),
        ("${cf:stack.output}", ["cf", "CloudFormation"]),
        ("${output:a.b}", ["output", "Dashboard"]),
        ("${foo:bar, 'x'}", ["Unrecognized", "foo"]),
        ("${param:no}", ['The param "no" cannot be resolved']),
    ],
)
def test_sources_that_are_not_here_are_refused_by_name(tmp_path: Path, variable: str, words: list[str]) -> None:
    error = refusal(tmp_path, f'custom:\n  x: "{variable}"\n')
    assert all(word in error.what for word in words), error.what
    assert error.todo


def test_a_source_that_needs_a_cloud_is_not_asked_where_another_answers(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + "custom: {x: '${env:A, ssm:/a}'}\n")
    assert resolve(tmp_path / "serverless.yml", Options(env={"A": "1"})).document["custom"] == {"x": "1"}


def test_the_fallback_of_a_source_that_needs_a_cloud_is_taken_and_told(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + "custom: {x: \"${ssm:/a, 'b'}\"}\n")
    found = resolve(tmp_path / "serverless.yml", Options())
    assert found.document["custom"] == {"x": "b"}
    [warning] = texts(found.warnings)
    assert "ssm:/a is not asked for" in warning and "serverless.yml:4:10" in warning


def asked(service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """A cloud that knows three parameters and a stack."""
    values = {
        "/a": ("String", "1"),
        "/list": ("StringList", "a,b"),
        f"{SECRETS}db": ("SecureString", '{"user": "ada"}'),
    }
    if service == "ssm" and request["Name"] in values:
        kind, value = values[request["Name"]]
        return {"Parameter": {"Type": kind, "Value": f"{value}@{region}" if kind == "String" else value}}
    if (service, operation, request) == ("cloudformation", "DescribeStacks", {"StackName": "net"}):
        return {"Stacks": [{"Outputs": [{"OutputKey": "Vpc", "OutputValue": "v"}]}]}
    raise ValidationError("Stack with id x does not exist") if service == "cloudformation" else NotFound("")


class NotFound(AwsError):
    code = "ParameterNotFound"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("${ssm:/a}", "1@eu-west-1"),
        ("${ssm(us-west-2):/a}", "1@us-west-2"),
        ("${ssm:/list}", ["a", "b"]),
        ("${ssm(raw):/list}", "a,b"),
        (f"${{ssm:{SECRETS}db}}", {"user": "ada"}),
        ("${ssm:/none, 'b'}", "b"),
        ("${cf:net.Vpc}", "v"),
        ("${cf:net.None, 'b'}", "b"),
        ("${cf:none.Vpc, 'b'}", "b"),
    ],
)
def test_a_running_cloud_is_asked(tmp_path: Path, variable: str, value: Any) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + f'custom: {{x: "{variable}"}}\n')
    found = resolve(tmp_path / "serverless.yml", Options(ask=asked, region="eu-west-1"))
    assert (found.document["custom"], texts(found.warnings)) == ({"x": value}, ())


def test_what_a_running_cloud_does_not_know_is_told(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + "custom: {x: '${ssm:/none}'}\n")
    with pytest.raises(UserError, match="ssm") as caught:
        resolve(tmp_path / "serverless.yml", Options(ask=asked))
    assert caught.value.where.endswith("serverless.yml:4:10")


def test_a_circle_is_told_with_its_chain(tmp_path: Path) -> None:
    error = refusal(
        tmp_path, "custom:\n  a: ${self:custom.b}\n  b: x-${self:custom.c.d}\n  c: {d: '${self:custom.a}'}\n"
    )
    assert 'Circular reference among "custom.c.d" and "custom.a" properties' in error.what
    assert "custom.a -> custom.b -> custom.c.d -> custom.a" in error.todo


def test_all_of_them_are_told_at_once(tmp_path: Path) -> None:
    files = {"f.yml": "deep:\n  y: ${env:NO}\n"}
    text = "custom:\n  a: ${self:custom.no}\n  b: [ok, '${opt:no}']\n  c: ${file(f.yml)}\n  again: ${self:custom.a}\n"
    error = refusal(tmp_path, text, files)
    main, other = tmp_path / "serverless.yml", tmp_path / "f.yml"
    places = [line.split(": ")[0].removeprefix("  - ") for line in error.what.split("\n") if line.startswith("  - ")]
    # What depends on another that fails is told once, where that fails.
    assert places == [f"{main}:5:3", f"{main}:6:11", f"{other}:2:3"]
    assert error.what.startswith("Variables resolution errored with:")
    assert "exit" not in str(error) and error.exit_code == 2


def test_what_is_wrong_in_another_file_is_told_with_that_files_place(tmp_path: Path) -> None:
    error = refusal(tmp_path, "custom:\n  x: ${file(bad.yml)}\n", {"bad.yml": "a:\n  - [1\n"})
    assert f"{tmp_path / 'bad.yml'}:3:1: malformed YAML" in error.what
    assert error.where == f"{tmp_path / 'serverless.yml'}:5:3"


def test_a_file_that_names_itself_ends(tmp_path: Path) -> None:
    error = refusal(tmp_path, "custom: ${file(loop.yml)}\n", {"loop.yml": "more: ${file(loop.yml)}\n"})
    assert "Excessive property variables nest depth" in error.what
    error = refusal(tmp_path, "custom: {x: '${env:A}'}\n", env={"A": "${env:A}"})
    assert "Excessive property variables nest depth" in error.what


def test_growth_is_bounded(tmp_path: Path) -> None:
    doubled = "".join(f"  t{i}: ${{self:custom.t{i - 1}}}${{self:custom.t{i - 1}}}\n" for i in range(1, 40))
    assert "characters" in refusal(tmp_path, "custom:\n  t0: xxxxxxxx\n" + doubled).what
    copied = "".join(
        f"  l{i}: [{', '.join(['${self:custom.l' + str(i - 1) + '}'] * 8)}]\n".replace("${", "'${").replace("}", "}'")
        for i in range(1, 9)
    )
    assert "copy more than" in refusal(tmp_path, "custom:\n  l0: [x]\n" + copied).what


WHOLE = {
    "empty": ("", ":1:1", "the file is empty"),
    "a list": ("- service: a\n", ":1:1", "not a list"),
    "a text": ("service\n", ":1:1", "not a single value"),
    "no service": ("provider: aws\n", ":1:1", '"service" property is missing'),
    "a service that is a map without a name": ("service: {}\nprovider: aws\n", ":1:1", "Object notation"),
    "a component": ("component: express@1.0.8\nname: api\n", ":1:1", "Serverless Components (express@1.0.8)"),
    "no provider": ("service: a\n", ":1:1", '"provider" property is missing'),
    "a provider without a name": ("service: a\nprovider: {stage: x}\n", ":2:1", '"provider.name" property is missing'),
    "another provider": ("service: a\nprovider:\n  name: google\n", ":3:3", "'google'"),
    "functions of texts": ("service: a\nprovider: aws\nfunctions: [x]\n", ":3:13", "a part of the list 'functions'"),
    "a stage that is a map": ("service: ab\nprovider: {name: aws, stage: {a: 1}}\n", ":2:23", "not a text"),
    "a tab": ("service: a\nprovider:\n\tname: aws\n", ":3:1", "malformed YAML"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_files_that_are_no_service(tmp_path: Path, name: str) -> None:
    text, place, what = WHOLE[name]
    file = tmp_path / "serverless.yml"
    file.write_text(text)
    with pytest.raises(UserError) as error:
        resolve(file, Options())
    assert error.value.where == f"{file}{place}"
    assert what in error.value.what and error.value.todo


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_any_bytes_are_a_service_or_a_mistake(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "serverless.yml"
    for content in (body, b"service: s\nprovider: aws\ncustom:\n  x: " + body):
        file.write_bytes(content)
        try:
            resolve(file, Options())
        except UserError as error:
            assert error.where.startswith(str(file))


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["${", "self:", "opt:stage", "}", ", ", "'", "(", ")", "custom", ".", "x", "env:A", ":"]))
)
def test_any_variable_is_a_value_or_a_mistake(tmp_path: Path, pieces: list[str]) -> None:
    file = tmp_path / "serverless.yml"
    text = "".join(pieces).replace("'", "''")
    file.write_text(f"service: s\nprovider: aws\ncustom:\n  x: '{text}'\n  custom: {{x: 1}}\n")
    try:
        resolve(file, Options(env={"A": "${self:custom.x}"}))
    except UserError as error:
        assert error.where == f"{file}:4:3"
