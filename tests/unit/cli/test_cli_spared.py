"""What ``up`` lets pass and tells, where AWS or CloudFormation would refuse it; and what is uploaded once."""

from pathlib import Path

import pytest
from tests.conftest import texts

from stratolite.cli import application
from stratolite.cli.application import load
from stratolite.cli.options import Choices
from stratolite.core.errors import Mistakes, UserError
from stratolite.core.warning import Kind

SERVICE = """\
service: shop
provider: {name: aws, runtime: nodejs20.x}
package: {individually: true}
functions:
  one: {handler: h.x}
  two: {handler: h.x}
  three: {handler: h.x, package: {patterns: ['!b.txt']}}
resources:
  Resources:
    Site: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {LogFilePrefix: logs}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "serverless.yml").write_text(SERVICE)
    (tmp_path / "h.js").write_text("exports.x = async () => 1\n")
    (tmp_path / "b.txt").write_text("b" * 1000)
    return tmp_path


def test_properties_without_effect_are_left_out_unless_all_is_strict(folder: Path) -> None:
    loaded = load(folder, Choices())
    assert loaded.template["Resources"]["Site"]["Properties"] == {}
    [warning] = [text for text in texts(loaded.warnings) if "no local effect" in text]
    assert "Site.LoggingConfiguration" in warning
    strict = load(folder, Choices(), strict=True)
    assert "LoggingConfiguration" in strict.template["Resources"]["Site"]["Properties"]


def test_who_is_strict_is_refused_what_would_be_left_out(folder: Path) -> None:
    text = "plugins: [serverless-domain-manager]\ncustom: {customDomain: {stage: dev}}\n"
    (folder / "serverless.yml").write_text(SERVICE + text)
    [warning] = [one for one in load(folder, Choices()).warnings if one.kind is Kind.LEFT_OUT]
    with pytest.raises(UserError, match="a custom domain has no domainName, and is left out") as error:
        load(folder, Choices(), strict=True)
    assert error.value.where == warning.where == f"{folder / 'serverless.yml'}:12:24"
    (folder / "serverless.yml").write_text(SERVICE + text.replace("s: [", "s: [serverless-stack-output, "))
    with pytest.raises(Mistakes, match="2 parts are missing") as several:
        load(folder, Choices(), strict=True)
    assert [one.where.rpartition(":")[0] for one in several.value.errors] == [
        f"{folder / 'serverless.yml'}:11",
        f"{folder / 'serverless.yml'}:12",
    ]


def test_code_that_aws_would_not_take_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("unzipped" in text for text in texts(load(folder, Choices()).warnings))
    monkeypatch.setattr(application, "CODE_BYTES_MAX", 1000)
    told = [text for text in texts(load(folder, Choices()).warnings) if "unzipped" in text]
    assert len(told) == 1 and told[0].startswith("one.zip has 0 MB unzipped") and "AWS would fail" in told[0]


def test_what_is_equal_is_uploaded_once(folder: Path) -> None:
    loaded = load(folder, Choices())
    assert [upload.artefact.name for upload in loaded.uploads] == ["one.zip", "three.zip"]
    resources = loaded.template["Resources"]
    keys = [resources[f"{name}LambdaFunction"]["Properties"]["Code"]["S3Key"] for name in ("One", "Two", "Three")]
    assert keys[0] == keys[1] == loaded.uploads[0].key and keys[2] == loaded.uploads[1].key
