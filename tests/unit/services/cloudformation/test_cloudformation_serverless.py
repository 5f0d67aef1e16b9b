"""The transform of serverless templates: what AWS's translator is given, and what is made of its answers."""

import copy
import re
from typing import Any

import pytest

from stratolite.core.errors import NotImplementedHere
from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.serverless import TRANSFORM, load, processed

CODE = {"CodeUri": "s3://code/app.zip", "Handler": "app.handler"}


@pytest.fixture(scope="module", autouse=True)
def translator() -> None:
    """It is there: a cloud loads it when it first needs it."""
    load()


def function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {**CODE, **properties}}


def test_globals_and_parameters_act_and_what_was_given_stays_as_it_is() -> None:
    body = {
        "Resources": {"F": function(AutoPublishAlias={"Ref": "Alias"}, Policies=["AWSLambdaExecute"])},
        "Globals": {"Function": {"Runtime": "python3.12", "Timeout": 5}},
        "Outputs": {"Alias": {"Value": {"Ref": "F.Alias"}}},
    }
    before = copy.deepcopy(body)
    made = processed(body, {"Alias": "live"}, "us-gov-west-1")
    assert body == before
    assert sorted(made) == ["Outputs", "Resources"]
    kinds = {re.sub("[0-9a-f]{10}$", "#", name): one["Type"] for name, one in made["Resources"].items()}
    assert kinds == {
        "F": "AWS::Lambda::Function",
        "FRole": "AWS::IAM::Role",
        "FVersion#": "AWS::Lambda::Version",
        "FAliaslive": "AWS::Lambda::Alias",
    }
    properties = made["Resources"]["F"]["Properties"]
    assert (properties["Timeout"], properties["Code"]) == (5, {"S3Bucket": "code", "S3Key": "app.zip"})
    assert made["Outputs"]["Alias"]["Value"] == {"Ref": "FAliaslive"}
    policies = made["Resources"]["FRole"]["Properties"]["ManagedPolicyArns"]
    assert [arn.split(":")[1] for arn in policies] == ["aws-us-gov", "aws-us-gov"]


def test_the_code_decides_the_digest_of_a_version() -> None:
    def version(key: str) -> str:
        resources = {"F": function(AutoPublishAlias="live", Runtime="python3.12", CodeUri=f"s3://code/{key}")}
        names: list[str] = list(processed({"Resources": resources}, {}, "us-east-1")["Resources"])
        return next(name for name in names if name.startswith("FVersion"))

    assert version("1.zip") == version("1.zip") != version("2.zip")


def test_everything_that_is_wrong_is_told_as_cloudformation_tells_it() -> None:
    resources = {"F": function(), "G": function(Runtime="python3.12", CodeUri="./src")}
    with pytest.raises(TransformError) as raised:
        processed({"Resources": resources}, {}, "us-east-1")
    assert str(raised.value) == (
        f"ValidationError: Transform {TRANSFORM} failed with: Invalid Serverless Application Specification document."
        " Number of errors found: 2."
        " Resource with id [F] is invalid."
        " Runtime and Handler needs to be present when PackageType is of type `Zip`"
        " Resource with id [G] is invalid."
        " 'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter."
    )


def test_what_would_be_asked_of_the_network_is_refused_by_name() -> None:
    location = {"ApplicationId": "arn:aws:serverlessrepo:us-east-1:1:applications/a", "SemanticVersion": "1.0.0"}
    resources = {"A": {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}}
    with pytest.raises(NotImplementedHere, match=r"Serverless Application Repository .* \(resource A\)"):
        processed({"Resources": resources}, {}, "us-east-1")


def test_the_translator_says_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    events = {"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}}
    made = processed({"Resources": {"F": function(Runtime="python3.12", Events=events)}}, {}, "us-east-1")
    assert "ServerlessRestApi" in made["Resources"]
    assert not caplog.records
