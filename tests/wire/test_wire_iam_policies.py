"""IAM over the wire: managed policies, the account's and AWS's, with their versions."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.test_wire_iam_roles import BASIC, LAMBDA, allowed

ANSWERS = "iam/test_iam.json"


@pytest.fixture
def iam(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("iam")


@pytest.fixture
def arn(iam: Any) -> str:
    made = iam.create_policy(PolicyName="policy", PolicyDocument=allowed("s3:GetObject"), Description="Reads")
    policy_arn: str = made["Policy"]["Arn"]
    return policy_arn


def test_a_policy_is_made_shown_and_deleted(iam: Any, arn: str) -> None:
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/policy"
    shown = iam.get_policy(PolicyArn=arn)
    assert shown["Policy"].pop("Description") == "Reads"
    equal(
        shown,
        recorded("iam/resource_providers/test_iam.json", "test_managed_policy_with_empty_resource")["managed_policy"],
    )
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(allowed("s3:GetObject"))
    assert version["IsDefaultVersion"] is True
    assert refused(iam.create_policy, PolicyName="policy", PolicyDocument=allowed("s3:*")) == (
        "EntityAlreadyExists",
        "A policy called policy already exists. Duplicate names are not allowed.",
        409,
    )
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.", 404)
    entry = recorded(ANSWERS, "test_delete_non_existent_policy_returns_no_such_entity")
    missing = f"arn:aws:iam::{ACCOUNT}:policy/non-existent-policy"
    equal(answered(iam.delete_policy, PolicyArn=missing), entry["delete-non-existent-policy-exc"])


def test_documents_that_aws_refuses(iam: Any) -> None:
    def create(document: Any) -> tuple[str, str, int]:
        return refused(iam.create_policy, PolicyName="wrong", PolicyDocument=document)

    assert create("no json") == ("MalformedPolicyDocument", "Syntax errors in policy.", 400)
    resource = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]})
    assert create(resource) == ("MalformedPolicyDocument", "Policy statement must contain resources.", 400)
    long = allowed(*[f"s3:Get{place}" for place in range(700)])
    assert create(long) == ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_versions(iam: Any, arn: str) -> None:
    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowed("s3:PutObject"))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert "Document" not in second
    third = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowed("s3:*"), SetAsDefault=True)
    assert third["PolicyVersion"]["IsDefaultVersion"] is True
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in listed] == [
        ("v3", True),
        ("v2", False),
        ("v1", False),
    ]
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v1") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
        409,
    )
    missing = refused(iam.get_policy_version, PolicyArn=arn, VersionId="v9")
    assert missing == ("NoSuchEntity", f"Policy {arn} version v9 does not exist or is not attachable.", 404)
    assert refused(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    for _ in range(2):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowed("s3:*"))
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=allowed("s3:*")) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.",
        409,
    )
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowed("s3:*"))["PolicyVersion"]
    assert made["VersionId"] == "v6"


def test_tags(iam: Any, arn: str) -> None:
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["k"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert "Tags" not in iam.list_policies(Scope="Local")["Policies"][0]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "l", "Value": "w"}]


def test_policies_of_aws_are_read_by_their_arn(iam: Any) -> None:
    shown = iam.get_policy(PolicyArn=BASIC)["Policy"]
    assert (shown["PolicyName"], shown["Path"], shown["DefaultVersionId"]) == (
        "AWSLambdaBasicExecutionRole",
        "/service-role/",
        "v1",
    )
    document = iam.get_policy_version(PolicyArn=BASIC, VersionId=shown["DefaultVersionId"])["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=BASIC)["Versions"]] == ["v1"]
    newer = "arn:aws:iam::aws:policy/NewerThanThis"
    assert iam.get_policy(PolicyArn=newer)["Policy"]["IsAttachable"] is True
    code, text, status = refused(iam.get_policy_version, PolicyArn=newer, VersionId="v1")
    assert (code, status) == ("NotImplemented", 501)
    assert newer in text
    for operation in (iam.delete_policy, iam.list_policy_tags):
        answered(operation, PolicyArn=BASIC)
    assert refused(iam.delete_policy, PolicyArn=BASIC)[0] == "NoSuchEntity"
    assert refused(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy")[0] == "ValidationError"


def test_listings(iam: Any, arn: str) -> None:
    other = iam.create_policy(PolicyName="other", Path="/team/", PolicyDocument=allowed("s3:*"))["Policy"]["Arn"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA, PermissionsBoundary=other)
    for attached in (arn, BASIC):
        iam.attach_role_policy(RoleName="r", PolicyArn=attached)

    def listed(**request: Any) -> set[str]:
        pages = iam.get_paginator("list_policies").paginate(**request, PaginationConfig={"PageSize": 10})
        return {policy["Arn"] for page in pages for policy in page["Policies"]}

    assert listed(Scope="Local") == {arn, other}
    assert listed(Scope="Local", PathPrefix="/team/") == {other}
    assert BASIC in listed(Scope="AWS")
    assert {arn, BASIC} <= listed()
    assert listed(OnlyAttached=True) == {arn, BASIC}
    assert listed(PolicyUsageFilter="PermissionsBoundary") == {other}


def test_who_has_a_policy(iam: Any, arn: str) -> None:
    for name, path in (("a", "/"), ("b", "/team/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=LAMBDA)
    iam.attach_role_policy(RoleName="a", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="b", PermissionsBoundary=arn)

    def roles(**request: Any) -> list[str]:
        answer = iam.list_entities_for_policy(PolicyArn=arn, **request)
        assert (answer["PolicyUsers"], answer["PolicyGroups"]) == ([], [])
        return [one["RoleName"] for one in answer["PolicyRoles"]]

    assert roles() == ["a", "b"]
    assert roles(PolicyUsageFilter="PermissionsPolicy") == ["a"]
    assert roles(PolicyUsageFilter="PermissionsBoundary") == ["b"]
    assert roles(PathPrefix="/team/") == ["b"]
    assert roles(EntityFilter="User") == []
    assert roles(EntityFilter="Role", MaxItems=1) == ["a"]
    counts = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (counts["AttachmentCount"], counts["PermissionsBoundaryUsageCount"]) == (1, 1)
    assert refused(iam.delete_policy, PolicyArn=arn)[:2] == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
