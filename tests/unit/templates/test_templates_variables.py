"""Variables over whole files: expectations are as Serverless Framework 3.40.0 prints them, unless a test says more."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.clock import MovableClock
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables.resolver import Resolved, resolve

HEAD = "service: shop\nprovider:\n  name: aws\n"


def resolved(folder: Path, text: str, files: dict[str, str] | None = None, **options: Any) -> Resolved:
    """A text that follows HEAD, resolved beside other files."""
    for name, content in {"serverless.yml": HEAD + dedent(text), **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return resolve(folder / "serverless.yml", Options(**{"env": {}, **options}))


def custom(folder: Path, text: str, files: dict[str, str] | None = None, **options: Any) -> Any:
    return json.loads(json.dumps(resolved(folder, text, files, **options).document["custom"]))


def test_self_reads_whatever_the_file_holds(tmp_path: Path) -> None:
    text = """\
        custom:
          a: {b: deep, list: [x, y], n: 5}
          deep: ${self:custom.a.b}
          map: ${self:custom.a}
          element: ${self:custom.a.list.1}
          length: ${self:custom.a.list.length}
          sign: ${self:custom.a.b.0}
          name: ${self:service}-${self:provider.name}
          joined: pre-${self:custom.a.list}-${self:custom.a.n}
          nested: ${self:custom.a.${self:custom.key}}
          key: b
        """
    found = custom(tmp_path, text)
    assert found["deep"] == "deep"
    assert found["map"] == {"b": "deep", "list": ["x", "y"], "n": 5}
    assert (found["element"], found["length"], found["sign"]) == ("y", 2, "d")
    assert found["name"] == "shop-aws"
    assert found["joined"] == "pre-x,y-5"
    assert found["nested"] == "deep"


def test_fallbacks_are_taken_in_order(tmp_path: Path) -> None:
    text = """\
        custom:
          literal: ${env:NO, 'x'}
          empty: ${env:EMPTY, 'x'}
          number: ${env:NO, 5}
          nothing: ${env:NO, null}
          chain: ${env:NO, opt:no, self:custom.literal}
          in-a-literal: ${env:NO, '${self:custom.number}'}
          false: ${self:custom.no, false}
        """
    assert custom(tmp_path, text, env={"EMPTY": ""}) == {
        "literal": "x",
        "empty": "",
        "number": 5,
        "nothing": None,
        "chain": "x",
        "in-a-literal": 5,
        "false": False,
    }


def test_escapes_and_cloudformations_own_signs(tmp_path: Path) -> None:
    text = r"""
        custom:
          escaped: \${self:service}
          region: ${AWS::Region}-${self:service}
          sub: !Sub '${AWS::StackName}-${Table}'
          inner: ${Table${self:service}}
          again: ${self:custom.escaped}
        """
    assert custom(tmp_path, text) == {
        "escaped": "${self:service}",
        "region": "${AWS::Region}-shop",
        "sub": {"Fn::Sub": "${AWS::StackName}-${Table}"},
        "inner": "${Tableshop}",
        # What a variable gives is read for variables again.
        "again": "shop",
    }


def test_the_environment_is_read_for_variables_too(tmp_path: Path) -> None:
    env = {"V": "${self:service}-x", "W": "\\${self:service}"}
    assert custom(tmp_path, "custom: {v: '${env:V}', w: '${env:W}'}\n", env=env) == {
        "v": "shop-x",
        "w": "${self:service}",
    }


def test_files_of_every_kind(tmp_path: Path) -> None:
    text = """\
        custom:
          yaml: ${file(./a.yml)}
          at: ${file(a.yml):nested.x}
          through: ${file(a.yml):other.y}
          json: ${file(sub/b.json):list.1}
          text: ${file(./note.txt)}
          missing: ${file(./no.yml), 'none'}
          missing-key: ${file(./a.yml):no.key, 'none'}
          by-stage: ${file(./${opt:stage, 'dev'}.yml):key, 'none'}
          empty: ${file(./empty.yml):x, 'none'}
        """
    files = {
        "a.yml": "nested: {x: '${self:service}!'}\nother: ${file(sub/c.yml)}\nref: !Ref T\nwhen: 2012-10-17\n",
        "sub/b.json": '{"list": [1, 2.50]}',
        "sub/c.yml": "y: far\n",
        "note.txt": "hello ${self:service}\n",
        "dev.yml": "key: dev-key\n",
        "empty.yml": "# nothing\n",
    }
    found = resolved(tmp_path, text, files)
    assert json.loads(json.dumps(found.document["custom"])) == {
        "yaml": {
            "nested": {"x": "shop!"},
            "other": {"y": "far"},
            "ref": {"Ref": "T"},
            "when": "2012-10-17T00:00:00.000Z",
        },
        "at": "shop!",
        "through": "far",
        "json": 2.5,
        "text": "hello shop\n",
        "missing": "none",
        "missing-key": "none",
        "by-stage": "dev-key",
        "empty": "none",
    }
    # Every file that was read is named, for watching.
    names = {source.relative_to(tmp_path).as_posix() for source in found.sources}
    assert names == {"serverless.yml", *files}
    assert found.sources[0] == tmp_path / "serverless.yml"


def test_values_of_files_keep_their_own_places(tmp_path: Path) -> None:
    found = resolved(tmp_path, "functions: ${file(f.yml)}\n", {"f.yml": "hello:\n  handler: h.x\n"})
    assert str(found.document["functions"]["hello"].marks["handler"]) == f"{tmp_path / 'f.yml'}:2:3"


def test_stage_region_and_account(tmp_path: Path) -> None:
    text = """\
        custom: {s: '${sls:stage}', r: '${aws:region}', a: '${aws:accountId}', o: "${opt:stage, 'none'}"}
        """
    assert custom(tmp_path, text) == {"s": "dev", "r": "us-east-1", "a": "000000000000", "o": "none"}
    assert custom(tmp_path, text, stage="prod", region="eu-west-1", account="1" * 12) == {
        "s": "prod",
        "r": "eu-west-1",
        "a": "111111111111",
        "o": "prod",
    }


def test_the_instance_is_named_by_the_clock(tmp_path: Path) -> None:
    assert custom(tmp_path, "custom: {i: '${sls:instanceId}'}\n", clock=MovableClock(1_700_000_000_000)) == {
        "i": "1700000000000"
    }


def test_the_files_own_stage_and_region(tmp_path: Path) -> None:
    text = (
        "  stage: ${opt:stage, 'qa'}\n  region: ${self:custom.regions.${sls:stage}}\n"
        "custom: {regions: {qa: eu-central-1, prod: eu-west-1}, s: '${sls:stage}', r: '${aws:region}'}\n"
    )
    here = resolved(tmp_path, text)
    assert (here.stage, here.region) == ("qa", "eu-central-1")
    assert here.document["custom"]["r"] == "eu-central-1"
    there = resolve(tmp_path / "serverless.yml", Options(stage="prod"))
    assert (there.stage, there.region) == ("prod", "eu-west-1")


def test_params_of_the_stage_before_those_of_all(tmp_path: Path) -> None:
    text = """\
        params:
          default: {a: A, b: '${sls:stage}-b', o: {x: '${param:a}'}, n: null}
          prod: {a: prod-A}
        custom:
          a: ${param:a}
          b: ${param:b}
          o: ${param:o}
          n: ${param:n, 'none'}
          given: ${param:given, 'none'}
          dotted: ${param:o.x, 'none'}
        """
    assert custom(tmp_path, text) == {
        "a": "A",
        "b": "dev-b",
        "o": {"x": "A"},
        "n": "none",
        "given": "none",
        "dotted": "none",
    }
    prod = custom(tmp_path, text, stage="prod", params={"b": "cli", "given": "x=y "})
    assert (prod["a"], prod["b"], prod["given"]) == ("prod-A", "cli", "x=y")


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("' FALSE '", False), ("1", True), ("'0'", False), ("${env:T}", True)]
)
def test_texts_as_truth(tmp_path: Path, text: str, value: bool) -> None:
    assert custom(tmp_path, f'custom: {{b: "${{strToBool({text})}}"}}\n', env={"T": "true"}) == {"b": value}


def test_lists_of_parts_are_merged(tmp_path: Path) -> None:
    text = """\
        functions:
          - a: {handler: h.a}
          - ${file(more.yml)}
        resources:
          - Resources: {T: {Type: AWS::SNS::Topic, Properties: {Tags: [{Key: a, Value: 1}]}}}
          - Resources: {T: {Type: AWS::SNS::Topic, Properties: {Tags: [{Value: 2}], DisplayName: x}}}
          -
        """
    found = resolved(tmp_path, text, {"more.yml": "b: {handler: h.b}\na: {timeout: '10'}\n"})
    assert found.document["functions"] == {"a": {"handler": "h.a", "timeout": 10}, "b": {"handler": "h.b"}}
    assert found.document["resources"]["Resources"]["T"]["Properties"] == {
        "Tags": [{"Key": "a", "Value": 2}],
        "DisplayName": "x",
    }


def test_the_effective_stage_stands_in_where_the_file_sets_none(tmp_path: Path) -> None:
    """Beyond the Serverless Framework, which fails here: many files rely on it, and a warning says so once."""
    text = "custom: {s: '${self:provider.stage}', t: 'x-${self:provider.stage}', r: '${self:provider.region}'}\n"
    found = resolved(tmp_path, text, stage="prod")
    assert found.document["custom"] == {"s": "prod", "t": "x-prod", "r": "us-east-1"}
    [warning] = texts(found.warnings)
    assert "provider.stage" in warning and "provider.region" in warning and "${sls:stage}" in warning


def test_a_fallback_wins_over_the_effective_stage(tmp_path: Path) -> None:
    found = resolved(tmp_path, "custom: {s: \"${opt:stage, self:provider.stage, 'q'}\"}\n")
    assert found.document["custom"] == {"s": "q"}
    assert found.warnings == ()


def test_self_reads_the_file_and_not_the_command_line(tmp_path: Path) -> None:
    found = resolved(tmp_path, "  stage: dev\ncustom: {s: '${self:provider.stage}', t: '${sls:stage}'}\n", stage="prod")
    assert found.document["custom"] == {"s": "dev", "t": "prod"}
    [warning] = texts(found.warnings)
    assert "(dev)" in warning and "prod" in warning


def test_a_provider_may_be_a_name_alone(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text("service: shop\nprovider: aws\n")
    assert resolve(tmp_path / "serverless.yml", Options()).document["provider"] == {"name": "aws"}


def test_serverless_json_is_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "serverless.json"
    file.write_text('{"service": "shop", "provider": {"name": "aws"}, "custom": {"x": "${self:service}-1"}}')
    assert resolve(file, Options()).document["custom"] == {"x": "shop-1"}


def test_equal_files_share_nothing(tmp_path: Path) -> None:
    found = resolved(tmp_path, "custom: {a: '${file(x.yml)}', b: '${file(x.yml)}'}\n", {"x.yml": "l: [1]\n"})
    found.document["custom"]["a"]["l"].append(2)
    assert found.document["custom"]["b"] == {"l": [1]}
