"""Functions that cannot run on this machine, and what takes their places."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from stratolite.engine.interpreters import Interpreters
from stratolite.templates.unsupported import IMAGE, SKIPPED, find, skip, why_not_run

RUNTIME = f"python3.{sys.version_info[1]}"


def function(runtime: str = "java11", **properties: Any) -> dict[str, Any]:
    named = {"Runtime": runtime, "Code": {"S3Bucket": "b", "S3Key": "k"}, **properties}
    return {"Type": "AWS::Lambda::Function", "DependsOn": ["Logs"], "Properties": named}


def test_languages_and_images_are_found() -> None:
    image = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ImageUri": "x"}, "PackageType": "Image"}}
    resources = {"A": function(), "B": function("python3.12"), "C": image, "T": {"Type": "AWS::SNS::Topic"}}
    assert find(resources) == {"A": "the runtime java11 is not run here", "C": IMAGE}


@pytest.mark.parametrize("runtime", ["python2.7", "python3.14", "provided.al2", ""])
def test_what_runs_has_no_reason(runtime: str) -> None:
    assert why_not_run(runtime) == ""


def test_node_that_is_not_installed_is_a_reason(tmp_path: Path) -> None:
    none = Interpreters(tmp_path, "", n_prefix=tmp_path)
    assert why_not_run("nodejs8.10", none) == "the runtime nodejs8.10 needs Node.js, which is not installed"
    (tmp_path / ".nvm/versions/node/v20.1.0").mkdir(parents=True)
    assert why_not_run("nodejs8.10", none) == ""


def test_another_function_takes_its_place() -> None:
    template = {
        "Resources": {"A": function(FunctionName="a", Role="r", Timeout=9, SnapStart={"ApplyOn": "x"}, Layers=["l"])},
        "Outputs": {"O": {"Value": {"Ref": "A"}}},
    }
    before = json.dumps(template)
    made = skip(template, {"A": "why"})
    assert json.dumps(template) == before and made["Outputs"] == template["Outputs"]
    assert made["Resources"]["A"]["DependsOn"] == ["Logs"]
    properties = made["Resources"]["A"]["Properties"]
    code = properties.pop("Code")["ZipFile"]
    assert properties == {
        "FunctionName": "a",
        "Role": "r",
        "Timeout": 9,
        "Description": f"{SKIPPED}why",
        "Runtime": RUNTIME,
        "Handler": "index.handler",
    }
    module: dict[str, Any] = {}
    exec(code, module)
    with pytest.raises(module["FunctionSkipped"], match=r"why: this function was skipped \(--skip-unsupported\)"):
        module["handler"]({}, None)


REFERENCES = [
    {"Ref": "A"},
    {"Fn::GetAtt": ["A", "Arn"]},
    {"Fn::GetAtt": "A.Arn"},
    {"Fn::Sub": "${A.Arn}:live"},
    {"Fn::Sub": ["${F}", {"F": {"Ref": "A"}}]},
    {"Fn::Join": [":", [{"Fn::GetAtt": ["A", "Arn"]}, "provisioned"]]},
    {"Ref": "Live"},
]


@pytest.mark.parametrize("reference", REFERENCES, ids=json.dumps)
def test_what_would_call_it_again_and_again_is_turned_off(reference: Any) -> None:
    resources = {
        "A": function(),
        "V": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "A"}, "CodeSha256": "x"}},
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "A"}, "Name": "live", "ProvisionedConcurrencyConfig": {"x": 5}},
        },
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": reference, "Enabled": True}},
        "R": {
            "Type": "AWS::Events::Rule",
            "Properties": {"ScheduleExpression": "rate(1 minute)", "Targets": [{"Arn": reference}]},
        },
        "S": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": {"Arn": reference}}},
        "P": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": reference}},
    }
    made = skip({"Resources": resources}, {"A": "why"})["Resources"]
    assert made["V"]["Properties"] == {"FunctionName": {"Ref": "A"}}
    assert made["Live"]["Properties"] == {"FunctionName": {"Ref": "A"}, "Name": "live"}
    assert made["M"]["Properties"]["Enabled"] is False
    assert made["R"]["Properties"]["State"] == "DISABLED"
    assert made["S"]["Properties"]["State"] == "DISABLED"
    assert made["P"] == resources["P"]


def test_what_is_of_other_functions_too_goes_on() -> None:
    resources = {
        "A": function(),
        "B": function("python3.12"),
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "B"}}},
        "R": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 minute)",
                "Targets": [{"Arn": {"Ref": "A"}}, {"Arn": {"Ref": "B"}}],
            },
        },
    }
    made = skip({"Resources": resources}, {"A": "why"})["Resources"]
    assert made["M"] == resources["M"] and made["R"] == resources["R"] and made["B"] == resources["B"]
