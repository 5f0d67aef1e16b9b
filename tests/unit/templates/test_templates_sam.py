"""What stands beside templates of SAM: configuration, vendors' layers, files that a property names."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.document import Map, read_document
from stratolite.templates.sam.code import files, powertools
from stratolite.templates.sam.configuration import overrides
from stratolite.templates.sam.local_files import coded, with_definitions, without_bootstrap


def written(folder: Path, text: str) -> tuple[Map, Path]:
    file = folder / "template.yaml"
    file.write_text(text)
    return read_document(file), file


@pytest.mark.parametrize(
    "given",
    [
        '"A=b \\"C=d e\\""',
        '["A=b", "\\"C=d e\\""]',
        '{A = "b", C = "d e"}',
        "\"ParameterKey=A,ParameterValue=b C='d e'\"",
    ],
)
def test_parameters_that_sam_deploy_gives(tmp_path: Path, given: str) -> None:
    (tmp_path / "samconfig.toml").write_text(
        f"version = 0.1\n[default.deploy.parameters]\nparameter_overrides = {given}\n"
        "[test.global.parameters]\nparameter_overrides = 'A=test'\n"
    )
    assert overrides(tmp_path, "dev") == {"A": "b", "C": "d e"}
    assert overrides(tmp_path, "test") == {"A": "test"}


def test_a_configuration_that_does_not_read_and_none(tmp_path: Path) -> None:
    assert overrides(tmp_path, "dev") == {}
    (tmp_path / "samconfig.toml").write_text("[")
    with pytest.raises(UserError, match="malformed TOML"):
        overrides(tmp_path, "dev")


@pytest.mark.parametrize(
    ("layer", "package"),
    [
        ("AWSLambdaPowertoolsPython:9", "aws-lambda-powertools[pydantic]>=1,<2"),
        ("AWSLambdaPowertoolsPythonV2:51", "aws-lambda-powertools[all]>=2,<3"),
        ("AWSLambdaPowertoolsPythonV3-python312-x86_64:7", "aws-lambda-powertools[all]>=3,<4"),
        ("AWSLambdaPowertoolsTypeScriptV2:1", ""),
    ],
)
def test_the_package_of_a_vendors_layer(layer: str, package: str) -> None:
    assert powertools(f"arn:aws:lambda:${{AWS::Region}}:017000801446:layer:{layer}") == package


def test_what_is_packaged_of_a_folder(tmp_path: Path) -> None:
    for name in ("app.py", "lib/a.py", ".aws-sam/build/x", "lib/__pycache__/a.pyc", ".stratolite/data"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert list(files(tmp_path)) == ["app.py", "lib/a.py"]


def test_functions_have_their_code_where_they_say(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    text = """
Globals: {Function: {Runtime: python3.12, CodeUri: src, Layers: [one]}}
Resources:
  Shared: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Layers: [!Sub "two${X}"]}}
  Inline: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
  Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}
  There: {Type: AWS::Serverless::Function, Properties: {CodeUri: "s3://b/k"}}
  Plain: {Type: AWS::Lambda::Function, Properties: {Code: src}}
  Named: {Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: b, S3Key: k}}}
"""
    template, file = written(tmp_path, text)
    found = {one.name: one for one in coded(template, file)}
    assert list(found) == ["Shared", "Plain"]
    assert (found["Shared"].runtime, found["Shared"].layers) == ("python3.12", ("one", "two${X}"))
    found["Shared"].put("bucket", "key")
    found["Plain"].put("bucket", "key")
    assert template["Resources"]["Shared"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "key"}
    assert template["Resources"]["Plain"]["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": "key"}


def test_a_function_without_a_place_has_the_templates_folder(tmp_path: Path) -> None:
    template, file = written(tmp_path, "Resources: {F: {Type: AWS::Serverless::Function, Properties: {}}}")
    assert [one.path.resolve() for one in coded(template, file)] == [tmp_path.resolve()]


def test_definitions_and_snippets_are_read(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.0.1\npaths: {}\n")
    (tmp_path / "more.yaml").write_text("Timeout: !Ref T\n")
    text = """
Resources:
  A: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: api.yaml}}
  F: {Type: X, Properties: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./more.yaml}}, B: 1}}
"""
    template, file = written(tmp_path, text)
    sources: list[Path] = []
    resources = with_definitions(template, file, sources)["Resources"]
    assert resources["A"]["Properties"] == {"DefinitionBody": {"openapi": "3.0.1", "paths": {}}}
    assert resources["F"]["Properties"] == {"B": 1, "Timeout": {"Ref": "T"}}
    assert [one.name for one in sources] == ["api.yaml", "more.yaml"]


def test_the_cdks_version_is_not_asked_for(tmp_path: Path) -> None:
    text = """
Resources: {}
Parameters:
  BootstrapVersion: {Type: String, Default: /cdk-bootstrap/hnb659fds/version}
  Own: {Type: String}
Rules: {CheckBootstrapVersion: {}, Mine: {}}
"""
    template, _ = written(tmp_path, text)
    kept = without_bootstrap(template)
    assert (list(kept["Parameters"]), list(kept["Rules"])) == (["Own"], ["Mine"])
