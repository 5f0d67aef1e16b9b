"""A template of AWS SAM as an application: what it imports from stacks that are not on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.conftest import texts

from stratolite.cli.application import load
from stratolite.cli.options import Choices
from stratolite.cli.package import command
from stratolite.core.warning import Kind
from stratolite.templates.serverless.model import CloudNeeded

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Users: {Type: String, Default: users}
Resources:
  Auth:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
      Environment:
        Variables:
          POOL: !ImportValue {"Fn::Sub": "${Users}-${AWS::Region}-Pool"}
          TABLE: !ImportValue Table
"""
NAME = "users-us-east-1-Pool"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def exporting(*names: str) -> Any:
    def ask(*_: Any) -> Mapping[str, Any]:
        return {"Exports": [{"Name": name, "Value": "x", "ExportingStackId": "y"} for name in names]}

    return ask


def variables(template: Mapping[str, Any]) -> Any:
    return template["Resources"]["Auth"]["Properties"]["Environment"]["Variables"]


def test_what_nobody_exports_is_stood_in_for_and_told(folder: Path) -> None:
    loaded = load(folder, Choices(), ask=exporting("Table"))
    assert variables(loaded.template) == {"POOL": f"missing-{NAME.lower()}", "TABLE": {"Fn::ImportValue": "Table"}}
    [told] = texts(one for one in loaded.warnings if one.kind is Kind.ABSENT)
    assert told.endswith(f"stand-ins are taken:\n  {NAME}  Auth")


def test_parameters_that_are_given_count(folder: Path) -> None:
    loaded = load(folder, Choices(params={"Users": "people"}), ask=exporting("Table"))
    assert variables(loaded.template)["POOL"] == "missing-people-us-east-1-pool"


def test_a_cloud_is_asked(folder: Path) -> None:
    def not_yet(*_: Any) -> Mapping[str, Any]:
        raise CloudNeeded

    with pytest.raises(CloudNeeded):
        load(folder, Choices(), ask=not_yet)
    assert variables(load(folder, Choices(), ask=not_yet, strict=True).template)["TABLE"] == {
        "Fn::ImportValue": "Table"
    }


def test_package_keeps_imports(folder: Path) -> None:
    said = CliRunner().invoke(command, [str(folder)])
    assert '"Fn::ImportValue": "Table"' in said.output and "stand-ins" not in said.output
