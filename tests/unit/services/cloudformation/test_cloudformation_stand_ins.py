"""Stand-ins: every type of the table has values of the right form for all that a template can ask.

Forms are those of the types' pages, under "Return values":
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

import re
from dataclasses import replace
from typing import Any

import pytest

from stratolite.core import pools
from stratolite.core.call import Call
from stratolite.core.resource_types import Made, Work
from stratolite.server.registry import Registry
from stratolite.services.cloudformation import schema, stand_ins
from stratolite.services.cloudformation.provider import generated_names

CALL = Call(region="eu-west-1", now_ms=1_700_000_000_000)
GIVEN = {
    "AWS::XRay::Group": {"GroupName": "mine"},
    "AWS::Route53::RecordSet": {"Name": "a.example.com."},
    "AWS::Cognito::UserPoolDomain": {"Domain": "sign-in"},
}


def made(kind_name: str, properties: dict[str, Any] | None = None, seed: str = "SEED") -> Made:
    kind = stand_ins.kind_of(kind_name)
    assert kind is not None
    return kind.create(work(properties or {}, seed))


def work(properties: dict[str, Any], seed: str = "SEED") -> Work:
    def operate(operation: str, request: Any, *, region: str = "") -> dict[str, Any]:
        raise AssertionError("a stand-in does nothing")

    return Work(
        CALL, operate, "One", "stack", "arn:stack", properties, generated_name=generated_names("stack", "One", seed)
    )


@pytest.mark.parametrize("name", sorted(stand_ins.LOOKS))
def test_all_attributes_of_a_type_have_values(name: str) -> None:
    shape = schema.stand_ins()[name]
    given = GIVEN.get(name, {})
    one = made(name, given)
    assert one.physical_id
    for pointer in shape.get("readOnlyProperties", ()):
        if pointer.count("/") == 2:
            attribute = pointer.rpartition("/")[2]
            value = one.attributes[attribute]
            kind = shape["properties"][attribute].get("type", "string")
            assert schema._is(kind, value), f"{attribute} is {value!r}"
            assert kind != "string" or value, f"{attribute} has no form"
    assert "{" not in repr([value for value in one.attributes.values() if isinstance(value, str)])
    assert made(name, given) == one
    assert stand_ins.kind_of(name).stands_in  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(stand_ins.LOOKS))
def test_no_service_makes_what_has_stand_ins(name: str) -> None:
    assert Registry().resource_type(name) is None


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("AWS::EC2::VPC", r"vpc-[0-9a-f]{17}"),
        ("AWS::EC2::Subnet", r"subnet-[0-9a-f]{17}"),
        ("AWS::EC2::SecurityGroup", r"sg-[0-9a-f]{17}"),
        ("AWS::EC2::EIP", r"203\.0\.113\.\d{1,3}"),
        ("AWS::EC2::VPCEndpoint", r"vpce-[0-9a-f]{17}"),
        ("AWS::CloudFront::Distribution", r"E[0-9A-Z]{13}"),
        ("AWS::CertificateManager::Certificate", r"arn:aws:acm:eu-west-1:000000000000:certificate/[0-9a-f-]{36}"),
        ("AWS::XRay::Group", r"arn:aws:xray:eu-west-1:000000000000:group/mine/[0-9A-Z]+"),
        ("AWS::Route53::HostedZone", r"Z[0-9A-Z]+"),
        ("AWS::Route53::RecordSet", r"a\.example\.com\."),
        ("AWS::Cognito::UserPool", r"eu-west-1_local[0-9a-z]{4}"),
        ("AWS::Cognito::UserPoolClient", r"[0-9a-z]{26}"),
        ("AWS::Cognito::UserPoolDomain", r"sign-in"),
        ("AWS::Cognito::IdentityPool", r"eu-west-1:[0-9a-f-]{36}"),
    ],
)
def test_ref_has_the_form_of_the_type(name: str, form: str) -> None:
    assert re.fullmatch(form, made(name, GIVEN.get(name)).physical_id)


def test_values_that_are_made_of_properties() -> None:
    acl = made("AWS::WAFv2::WebACL", {"Name": "wall", "Scope": "CLOUDFRONT"})
    assert re.fullmatch(r"wall\|[0-9a-f-]{36}\|CLOUDFRONT", acl.physical_id)
    assert acl.attributes["Arn"].startswith("arn:aws:wafv2:eu-west-1:000000000000:global/webacl/wall/")
    attached = {"VpcId": "vpc-1", "InternetGatewayId": "igw-1"}
    assert made("AWS::EC2::VPCGatewayAttachment", attached).physical_id == "IGW|vpc-1"
    target = {"ResourceId": "table/t", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    scaled = made("AWS::ApplicationAutoScaling::ScalableTarget", {**target, "ServiceNamespace": "dynamodb"})
    assert scaled.physical_id == "table/t|dynamodb:table:ReadCapacityUnits|dynamodb"


def test_a_pool_is_known_for_a_stand_in_by_all_its_names() -> None:
    pool = made("AWS::Cognito::UserPool")
    issuer = pools.issuer_of(pool.attributes["Arn"])
    assert issuer == pool.attributes["ProviderURL"] == f"https://{pool.attributes['ProviderName']}"
    assert pools.stand_in(issuer) == pool.physical_id == pool.attributes["UserPoolId"]


def test_what_a_template_gives_is_not_made_up() -> None:
    assert "AvailabilityZone" not in made("AWS::EC2::Subnet", {"AvailabilityZone": "eu-west-1c"}).attributes
    assert made("AWS::EC2::Subnet").attributes["AvailabilityZone"] == "eu-west-1a"


def test_an_update_keeps_the_id_and_another_incarnation_has_another() -> None:
    kind = stand_ins.kind_of("AWS::EC2::VPC")
    assert kind is not None
    first = made("AWS::EC2::VPC")
    again = kind.update(replace(work({"EnableDnsSupport": True}), physical_id=first.physical_id))
    assert again == first
    assert made("AWS::EC2::VPC", seed="OTHER").physical_id != first.physical_id


def test_types_that_do_something_have_no_stand_in() -> None:
    assert stand_ins.kind_of("AWS::RDS::DBInstance") is None
    assert stand_ins.kind_of("AWS::EC2::Instance") is None
    resources = {"A": {"Type": "AWS::EC2::VPC"}, "B": {"Type": "AWS::SQS::Queue"}, "Fn::ForEach::C": []}
    assert stand_ins.without_effect(resources) == {"A": "AWS::EC2::VPC"}
