"""Which front end reads a file, and plain templates."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates import front_end
from stratolite.templates.cloudformation import read


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("serverless.yml", "", "serverless"),
        ("serverless.dev.yml", "", "serverless"),
        ("shop.yml", "service: shop\nprovider: aws\n", "serverless"),
        ("template.yaml", "Resources: {}\n", "cloudformation"),
        ("template.json", '{"AWSTemplateFormatVersion": "2010-09-09"}', "cloudformation"),
        ("template.yml", "Transform: AWS::Serverless-2016-10-31\nResources: {}\n", "sam"),
        ("template.yml", "Transform: [A, AWS::Serverless-2016-10-31]\n", "sam"),
    ],
)
def test_the_front_end_of_a_file(tmp_path: Path, name: str, text: str, kind: str) -> None:
    assert front_end(written(tmp_path, name, text)) == kind


@pytest.mark.parametrize("text", ["", "- a\n", "a: 1\n", "a: [\n"])
def test_what_is_none_of_them_is_refused(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, "some.yml", text)
    with pytest.raises(UserError) as error:
        front_end(file)
    assert error.value.where.startswith(f"{file}:")
    assert error.value.todo


def test_a_template_has_its_short_forms_written_out(tmp_path: Path) -> None:
    file = written(
        tmp_path, "template.yml", "Resources:\n  Q: {Type: AWS::SQS::Queue}\nOutputs: {A: {Value: !Ref Q}}\n"
    )
    assert read(file) == {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"A": {"Value": {"Ref": "Q"}}}}


def test_dates_of_a_template_are_texts(tmp_path: Path) -> None:
    """CloudFormation reads an unquoted policy version as the text that it is."""
    file = written(tmp_path, "template.yml", "Resources: {R: {Version: 2012-10-17}}\n")
    assert read(file) == {"Resources": {"R": {"Version": "2012-10-17"}}}


@pytest.mark.parametrize(
    ("text", "place"), [("", ":1:1"), ("- a", ":1:1"), ("A: 1\nResources: []", ":2:1"), ("A: 1", ":1:1")]
)
def test_what_is_no_template_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    file = written(tmp_path, "template.yml", text)
    with pytest.raises(UserError) as error:
        read(file)
    assert error.value.where == f"{file}{place}"
