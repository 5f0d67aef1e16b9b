"""Where what a deployment fails with is written."""

from pathlib import Path
from typing import Any

import pytest

from stratolite.cli.application import Application
from stratolite.cli.placing import placed
from stratolite.core.errors import UserError

RESOURCES: dict[str, Any] = {
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Name": {"Fn::Join": ["", [{"Ref": "Nope"}]]}}},
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Actions": [{"Fn::GetAtt": ["Gone", "Arn"]}]}},
    "Made": {"Type": "AWS::IAM::Role"},
}
APPLICATION = Application(
    Path("serverless.yml"),
    "shop",
    "dev",
    "us-east-1",
    "shop-dev",
    {"Resources": RESOURCES},
    places={"Topic": "f:1:1", "Queue": "f:2:1", "Alarm": "f:3:1"},
)


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("Topic (AWS::SNS::Topic): Resource handler returned message: no", "f:1:1"),
        ("Properties validation failed for resource Queue with message", "f:2:1"),
        ("Template format error: Unresolved resource dependencies [Nope] in the Resources block", "f:2:1"),
        ("Template error: instance of Fn::GetAtt references undefined resource Gone", "f:3:1"),
        ("Made (AWS::IAM::Role): nobody has written this", "shop-dev"),
        ("No updates", "shop-dev"),
    ],
)
def test_a_failure_of_the_stack_has_the_place_of_its_resource(what: str, where: str) -> None:
    error = placed(UserError(what, where="shop-dev", todo="t", exit_code=1), APPLICATION)
    assert (error.what, error.where, error.todo, error.exit_code) == (what, where, "t", 1)


def test_a_failure_that_has_a_place_keeps_it() -> None:
    assert placed(UserError("Topic is wrong", where="f:9:9"), APPLICATION).where == "f:9:9"
