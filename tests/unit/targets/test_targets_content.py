"""Names by content: equal input gives an equal template, and only what differs differs."""

import hashlib
from typing import Any

from stratolite.targets.content import artefact_key, settled
from stratolite.templates.artefacts import Artefact

STAMP = "1700000000000"
KEY = f"serverless/shop/dev/{STAMP}-2023-11-14T22:13:20.000Z/shop.zip"


def template(**method: Any) -> dict[str, Any]:
    deployment = f"ApiGatewayDeployment{STAMP}"
    return {
        "Resources": {
            "Hello": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": KEY}}},
            "Method": {"Type": "AWS::ApiGateway::Method", "Properties": method},
            deployment: {"Type": "AWS::ApiGateway::Deployment", "Properties": {"StageName": "dev"}},
        },
        "Outputs": {"Deployed": {"Value": {"Ref": deployment}}},
    }


def test_an_artefact_is_named_by_what_is_in_it() -> None:
    one = Artefact("shop.zip", "serverless/shop/dev/1700000000000-then/shop.zip", body=b"zip")
    digest = hashlib.sha256(b"zip").hexdigest()
    assert artefact_key(one) == f"serverless/shop/dev/{digest}/shop.zip"
    assert artefact_key(one) != artefact_key(Artefact("shop.zip", one.key, body=b"other"))


def test_equal_input_gives_an_equal_template() -> None:
    first = settled(template(HttpMethod="GET"), STAMP, {KEY: "by-content/shop.zip"})
    assert first == settled(template(HttpMethod="GET"), STAMP, {KEY: "by-content/shop.zip"})
    assert first["Resources"]["Hello"]["Properties"]["Code"]["S3Key"] == "by-content/shop.zip"
    assert STAMP not in str(first)


def test_a_changed_method_is_a_new_deployment_and_changed_code_is_not() -> None:
    def deployment(settled_template: dict[str, Any]) -> str:
        [name] = [str(name) for name in settled_template["Resources"] if name.startswith("ApiGatewayDeployment")]
        assert settled_template["Outputs"]["Deployed"]["Value"] == {"Ref": name}
        assert len(name) == len(f"ApiGatewayDeployment{STAMP}")
        return name

    get = deployment(settled(template(HttpMethod="GET"), STAMP, {KEY: "a"}))
    assert get == deployment(settled(template(HttpMethod="GET"), STAMP, {KEY: "b"}))
    assert get != deployment(settled(template(HttpMethod="PUT"), STAMP, {KEY: "a"}))


def test_a_stamp_that_is_a_number_stays_one() -> None:
    """Whatever digits it begins with."""
    for path in range(40):
        given = template(Path=str(path))
        given["Resources"]["Forced"] = {"Type": "Custom::S3", "Properties": {"ForceDeploy": int(STAMP), "At": STAMP}}
        properties = settled(given, STAMP, {})["Resources"]["Forced"]["Properties"]
        assert properties["ForceDeploy"] == int(properties["At"]) and len(properties["At"]) == len(STAMP)
