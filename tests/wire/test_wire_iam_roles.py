"""IAM over the wire: roles with their policies, boundaries, tags and instance profiles, as AWS answers."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

ANSWERS = "iam/test_iam.json"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def trust(service: Any, action: Any = "sts:AssumeRole", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Principal": {"Service": service}, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allowed(*actions: str, resource: Any = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LAMBDA = trust("lambda.amazonaws.com")


@pytest.fixture
def iam(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("iam", parameter_validation=False)


@pytest.fixture
def role(iam: Any) -> str:
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=LAMBDA)
    return "role"


def test_a_role_is_made_shown_and_deleted(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_role_with_path_lifecycle")
    made = iam.create_role(RoleName="r", Path="/path1/path2/", AssumeRolePolicyDocument=LAMBDA)
    equal(made, entry["create-role-response"])
    assert made["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/path1/path2/r"
    role_id = made["Role"]["RoleId"]
    assert (role_id[:4], len(role_id)) == ("AROA", 21)
    equal(iam.get_role(RoleName="r"), entry["get-role-response"])
    equal(iam.delete_role(RoleName="r"), entry["delete-role-response"])
    assert refused(iam.get_role, RoleName="r") == ("NoSuchEntity", "The role with name r cannot be found.", 404)


def test_roles_are_described_and_listed(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_create_describe_role")
    made = iam.create_role(RoleName="r", Path="/prefix/", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    equal(made, entry["create_role_result"])
    equal(iam.get_role(RoleName="r"), entry["get_role_result"])
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=LAMBDA)
    equal(iam.list_roles(PathPrefix="/prefix/"), entry["list_roles_result"])
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=allowed("s3:*"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary)
    entry = recorded(ANSWERS, "test_list_roles_with_permission_boundary")["list_roles_result"]
    equal(iam.list_roles(PathPrefix="/prefix/"), entry)
    assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": boundary,
    }
    assert refused(iam.delete_policy, PolicyArn=boundary)[0] == "DeleteConflict"
    iam.delete_role_permissions_boundary(RoleName="r")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="r")["Role"]
    assert refused(iam.delete_role_permissions_boundary, RoleName="r")[0] == "NoSuchEntity"


def test_trust_is_changed(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_update_assume_role_policy")
    document = trust(["ec2.amazonaws.com"], ["sts:AssumeRole"])
    equal(iam.create_role(RoleName="r", AssumeRolePolicyDocument=document), entry["created_role"])
    equal(iam.update_assume_role_policy(RoleName="r", PolicyDocument=LAMBDA), entry["updated_policy"])
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(LAMBDA)
    code, _, status = refused(iam.update_assume_role_policy, RoleName="r", PolicyDocument="{")
    assert (code, status) == ("MalformedPolicyDocument", 400)


def test_trust_that_is_no_json(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_create_role_with_malformed_assume_role_policy_document")["invalid-json"]
    equal(answered(iam.create_role, RoleName="r", AssumeRolePolicyDocument=LAMBDA.replace('"', "'")), entry)
    long = trust([f"service-{place}.amazonaws.com" for place in range(100)])
    assert refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=long)[:2] == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )
    assert iam.list_roles()["Roles"] == []


def test_settings_of_a_role(iam: Any, role: str) -> None:
    assert refused(iam.create_role, RoleName="ROLE", AssumeRolePolicyDocument=LAMBDA) == (
        "EntityAlreadyExists",
        "Role with name ROLE already exists.",
        409,
    )
    iam.update_role(RoleName=role, Description="Reads things", MaxSessionDuration=7200)
    shown = iam.get_role(RoleName=role)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("Reads things", 7200)
    made = iam.update_role_description(RoleName=role, Description="Writes them")
    assert made["Role"]["Description"] == "Writes them"
    assert refused(iam.update_role, RoleName=role, MaxSessionDuration=60)[0] == "ValidationError"
    assert refused(iam.update_role, RoleName="none")[0] == "NoSuchEntity"
    scope = f"arn:aws:iam::{ACCOUNT}:policy/none"
    request = {"RoleName": "bound", "AssumeRolePolicyDocument": LAMBDA, "PermissionsBoundary": scope}
    assert refused(iam.create_role, **request) == (
        "NoSuchEntity",
        f"Scope ARN: {scope} does not exist or is not attachable.",
        404,
    )
    iam.create_role(**(request | {"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}))


def test_inline_policies_come_back_as_they_were(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_put_role_policy_encoding")
    source = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Faaeeieije"
    condition = {"StringEquals": {"aws:SourceArn": source}}
    made = iam.create_role(
        RoleName="r", Path="/p/", AssumeRolePolicyDocument=trust("lambda.amazonaws.com", Condition=condition)
    )
    equal(made, entry["create-role-response"])
    resource = f"arn:aws:apigateway:us-east-1::/tags/{source}"
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=allowed("apigatway:PUT", resource=[resource]))
    equal(iam.get_role_policy(RoleName="r", PolicyName="inline"), entry["get-policy-response"])
    equal(iam.get_role(RoleName="r"), entry["get-role-response"])
    equal(iam.list_roles(PathPrefix="/p/"), entry["list-roles-response"])


def test_inline_policies(iam: Any, role: str) -> None:
    for name in ("b", "a"):
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=allowed("s3:GetObject"))
    iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=allowed("s3:PutObject"))
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["a", "b"]
    document = iam.get_role_policy(RoleName=role, PolicyName="a")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["s3:PutObject"]
    missing = ("NoSuchEntity", "The role policy with name c cannot be found.", 404)
    assert refused(iam.get_role_policy, RoleName=role, PolicyName="c") == missing
    assert refused(iam.delete_role_policy, RoleName=role, PolicyName="c") == missing
    wrong = {"RoleName": role, "PolicyName": "c", "PolicyDocument": allowed("nothing")}
    assert refused(iam.put_role_policy, **wrong) == (
        "MalformedPolicyDocument",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        400,
    )
    long = {"RoleName": role, "PolicyName": "c", "PolicyDocument": allowed(*[f"s3:Get{n}" for n in range(1200)])}
    assert refused(iam.put_role_policy, **long) == (
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role role",
        409,
    )
    assert refused(iam.delete_role, RoleName=role) == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
        409,
    )
    for name in ("a", "b"):
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.delete_role(RoleName=role)


def test_attached_policies(iam: Any, role: str) -> None:
    entry = recorded(ANSWERS, "test_role_attach_policy")
    made = iam.create_policy(PolicyName="p", PolicyDocument=allowed("s3:*"))
    equal(made, entry["create_policy_response"])
    arn = made["Policy"]["Arn"]
    arns = {
        "non_existent_malformed_policy_arn": "longpolicynamebutnoarn",
        "existing_policy_name_provided": "longpolicynamethatexists",
        "valid_arn_not_existent": f"{arn}123",
    }
    for case, wrong in arns.items():
        equal(answered(iam.attach_role_policy, RoleName=role, PolicyArn=wrong), entry[case], case)
    equal(iam.attach_role_policy(RoleName=role, PolicyArn=arn), entry["valid_policy_arn"])
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    listed = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert listed == [
        {"PolicyName": "p", "PolicyArn": arn},
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC},
    ]
    within = iam.list_attached_role_policies(RoleName=role, PathPrefix="/service-role/")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in within] == [BASIC]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"] == 1
    assert refused(iam.delete_role, RoleName=role) == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
        409,
    )
    iam.detach_role_policy(RoleName=role, PolicyArn=BASIC)
    assert refused(iam.detach_role_policy, RoleName=role, PolicyArn=BASIC) == (
        "NoSuchEntity",
        f"Policy {BASIC} was not found.",
        404,
    )
    for place in range(19):
        iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/Any{place}")
    assert refused(iam.attach_role_policy, RoleName=role, PolicyArn=BASIC) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 20",
        409,
    )


def test_a_role_with_tags(iam: Any) -> None:
    entry = recorded(ANSWERS, "test_role_with_tags")
    tags = [{"Key": "test", "Value": "value"}]
    request = {"RoleName": "r", "Path": "/role-with-tags/", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com")}
    equal(iam.create_role(**request, Tags=tags), entry["create-role-response"])
    equal(iam.get_role(RoleName="r"), entry["get-role-response"])
    equal(iam.list_roles(PathPrefix="/role-with-tags/"), entry["list-role-response"])


def test_tags(iam: Any, role: str) -> None:
    iam.tag_role(RoleName=role, Tags=[{"Key": "Team", "Value": "a"}, {"Key": "env", "Value": ""}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "team", "Value": "b"}])
    wanted = [{"Key": "env", "Value": ""}, {"Key": "team", "Value": "b"}]
    assert iam.list_role_tags(RoleName=role)["Tags"] == wanted
    assert iam.get_role(RoleName=role)["Role"]["Tags"] == wanted
    iam.untag_role(RoleName=role, TagKeys=["env", "none"])
    assert iam.list_role_tags(RoleName=role) | {"ResponseMetadata": 0} == {
        "Tags": wanted[1:],
        "IsTruncated": False,
        "ResponseMetadata": 0,
    }
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert refused(iam.tag_role, RoleName=role, Tags=twice) == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        400,
    )
    request = {"RoleName": "twice", "AssumeRolePolicyDocument": LAMBDA, "Tags": twice}
    assert refused(iam.create_role, **request)[0] == "InvalidInput"
    made = iam.create_role(**(request | {"Tags": twice[:1]}))
    assert made["Role"]["Tags"] == twice[:1]
    many = [{"Key": f"k{place}", "Value": ""} for place in range(50)]
    assert refused(iam.tag_role, RoleName=role, Tags=many)[0] == "LimitExceeded"


def test_listings_have_pages(iam: Any) -> None:
    for place in range(5):
        iam.create_role(RoleName=f"role-{place}", AssumeRolePolicyDocument=LAMBDA)
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    assert [[role["RoleName"][-1] for role in page["Roles"]] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert refused(iam.list_roles, Marker="x") == ("ValidationError", "Invalid Marker.", 400)


def test_what_terraform_reads_of_a_role(iam: Any, role: str) -> None:
    """Its resources aws_iam_role and aws_iam_role_policy_attachment call these, before they delete a role too."""
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
    assert refused(iam.list_instance_profiles_for_role, RoleName="none")[0] == "NoSuchEntity"


def test_instance_profiles(iam: Any, role: str) -> None:
    made = iam.create_instance_profile(InstanceProfileName="p", Path="/machines/")["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/machines/p"
    assert (made["InstanceProfileId"][:4], made["Roles"]) == ("AIPA", [])
    assert refused(iam.create_instance_profile, InstanceProfileName="p") == (
        "EntityAlreadyExists",
        "Instance Profile p already exists.",
        409,
    )
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=role)
    assert refused(iam.add_role_to_instance_profile, InstanceProfileName="p", RoleName=role)[:2] == (
        "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    )
    for found in (
        iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"],
        iam.list_instance_profiles(PathPrefix="/machines/")["InstanceProfiles"][0],
        iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"][0],
    ):
        assert [one["RoleName"] for one in found["Roles"]] == [role]
    assert iam.list_instance_profiles(PathPrefix="/other/")["InstanceProfiles"] == []
    conflict = ("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409)
    assert refused(iam.delete_role, RoleName=role) == conflict
    assert refused(iam.delete_instance_profile, InstanceProfileName="p") == conflict
    iam.tag_instance_profile(InstanceProfileName="p", Tags=[{"Key": "k", "Value": "v"}])
    assert iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_instance_profile(InstanceProfileName="p", TagKeys=["k"])
    assert iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == []
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName=role)
    assert refused(iam.remove_role_from_instance_profile, InstanceProfileName="p", RoleName=role)[0] == "NoSuchEntity"
    iam.delete_instance_profile(InstanceProfileName="p")
    assert refused(iam.get_instance_profile, InstanceProfileName="p") == (
        "NoSuchEntity",
        "Instance Profile p cannot be found.",
        404,
    )


def test_roles_are_of_their_account_in_every_region(timed_cloud: RunningCloud, role: str) -> None:
    assert timed_cloud.client("iam", region="eu-west-1").get_role(RoleName=role)["Role"]["RoleName"] == role
    other = timed_cloud.client("iam", account="999999999999")
    assert other.list_roles()["Roles"] == []
    assert refused(other.get_role, RoleName=role)[0] == "NoSuchEntity"
    china = timed_cloud.client("iam", region="cn-north-1").create_role(RoleName="cn", AssumeRolePolicyDocument=LAMBDA)
    assert china["Role"]["Arn"].startswith("arn:aws-cn:iam::")


@pytest.mark.parametrize("operation", ["create_login_profile", "create_service_linked_role"])
def test_what_is_not_here_is_refused_by_name(iam: Any, operation: str) -> None:
    members = {"create_login_profile": "UserName", "create_service_linked_role": "AWSServiceName"}
    code, text, status = refused(getattr(iam, operation), **{members[operation]: "name"})
    assert (code, status) == ("NotImplemented", 501)
    assert operation.replace("_", "") in text.lower()


printable = st.text(string.printable[:95] + "öé", max_size=40)


@settings(max_examples=60)
@given(st.sampled_from(["r", "", "a b", "ö", "x" * 65]), printable, printable)
def test_any_request_is_answered_or_refused(cloud: RunningCloud, name: str, document: str, path: str) -> None:
    iam = cloud.client("iam", parameter_validation=False)
    answer = answered(iam.create_role, RoleName=name, AssumeRolePolicyDocument=document, Path=path)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500
    answer = answered(iam.create_policy, PolicyName=name or "n", PolicyDocument=document, Path=path or "/")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500
