"""IAM resources of CloudFormation, as deployment tools write them: made, changed and taken away."""

import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.test_wire_iam_roles import BASIC

DELAYS = {"Delay": 0.01, "MaxAttempts": 12_000}


def document(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), **more}]}


TRUST = document("sts:AssumeRole", Principal={"Service": ["lambda.amazonaws.com"]})


def deploy(cloud: RunningCloud, name: str, resources: dict[str, Any], outputs: dict[str, Any]) -> dict[str, str]:
    """Make the stack, or change it; its outputs."""
    client = cloud.client("cloudformation")
    body = json.dumps({"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}})
    known = [one["StackName"] for one in client.describe_stacks()["Stacks"]]
    what = "update" if name in known else "create"
    getattr(client, f"{what}_stack")(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    client.get_waiter(f"stack_{what}_complete").wait(StackName=name, WaiterConfig=DELAYS)
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def remove(cloud: RunningCloud, name: str) -> None:
    client = cloud.client("cloudformation")
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=DELAYS)


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


def test_the_role_that_serverless_framework_writes(cloud: RunningCloud) -> None:
    iam = cloud.client("iam")
    logs = document("logs:CreateLogStream", "logs:PutLogEvents", Resource=[{"Fn::Sub": "arn:${AWS::Partition}:logs:*"}])
    policies = [{"PolicyName": "dev-app-lambda", "PolicyDocument": logs}]
    first = role(RoleName="app-role", Path="/", Policies=policies, Tags=[{"Key": "a", "Value": "b"}])
    outputs = {
        "Arn": {"Fn::GetAtt": ["Role", "Arn"]},
        "Id": {"Fn::GetAtt": ["Role", "RoleId"]},
        "Name": {"Ref": "Role"},
    }
    made = deploy(cloud, "serverless", {"Role": first}, outputs)
    shown = iam.get_role(RoleName="app-role")["Role"]
    assert made == {"Arn": shown["Arn"], "Id": shown["RoleId"], "Name": "app-role"}
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    kept = iam.get_role_policy(RoleName="app-role", PolicyName="dev-app-lambda")["PolicyDocument"]
    assert kept["Statement"][0]["Resource"] == ["arn:aws:logs:*"]
    bound = "arn:aws:iam::aws:policy/PowerUserAccess"
    changed = role(
        RoleName="app-role",
        Path="/",
        ManagedPolicyArns=[BASIC],
        Description="Changed",
        MaxSessionDuration=7200,
        PermissionsBoundary=bound,
    )
    assert deploy(cloud, "serverless", {"Role": changed}, outputs) == made
    shown = iam.get_role(RoleName="app-role")["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("Changed", 7200)
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == bound
    assert "Tags" not in shown
    assert iam.list_role_policies(RoleName="app-role")["PolicyNames"] == []
    attached = iam.list_attached_role_policies(RoleName="app-role")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [BASIC]
    remove(cloud, "serverless")
    assert "app-role" not in [one["RoleName"] for one in iam.list_roles()["Roles"]]


def test_policies_beside_their_roles(cloud: RunningCloud) -> None:
    """CDK writes AWS::IAM::Policy and AWS::IAM::ManagedPolicy beside roles whose names are generated."""
    iam = cloud.client("iam")

    def resources(action: str) -> dict[str, Any]:
        return {
            "Role": role(),
            "Inline": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "inline",
                    "PolicyDocument": document(action, Resource="*"),
                    "Roles": [{"Ref": "Role"}],
                },
            },
            "Managed": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": document(action, Resource="*"), "Roles": [{"Ref": "Role"}]},
            },
            "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        }

    outputs = {
        "Role": {"Ref": "Role"},
        "Managed": {"Ref": "Managed"},
        "Version": {"Fn::GetAtt": ["Managed", "DefaultVersionId"]},
        "Profile": {"Fn::GetAtt": ["Profile", "Arn"]},
    }
    made = deploy(cloud, "beside", resources("s3:GetObject"), outputs)
    assert made["Role"].startswith("beside-Role-")
    assert made["Version"] == "v1"
    assert iam.list_role_policies(RoleName=made["Role"])["PolicyNames"] == ["inline"]
    [profile] = iam.list_instance_profiles_for_role(RoleName=made["Role"])["InstanceProfiles"]
    assert profile["Arn"] == made["Profile"]
    attached = iam.list_attached_role_policies(RoleName=made["Role"])["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [made["Managed"]]
    changed = deploy(cloud, "beside", resources("s3:PutObject"), outputs)
    assert (changed["Version"], changed["Managed"]) == ("v2", made["Managed"])
    version = iam.get_policy_version(PolicyArn=made["Managed"], VersionId="v2")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["s3:PutObject"]
    remove(cloud, "beside")
    assert made["Managed"] not in [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"]]
    assert iam.list_instance_profiles()["InstanceProfiles"] == []


@pytest.mark.parametrize(
    ("name", "entry", "source"),
    [
        (
            "test_managedpolicy_with_fn_sub_json_string",
            "policy_document",
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", '
            '"Resource": "arn:aws:s3:::bucket-my-cluster-${AWS::Region}/*"}]}',
        ),
        (
            "test_managedpolicy_with_fn_sub_multiline_yaml",
            "policy_document_multiline",
            '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster",\n'
            '  "Resource": "arn:aws:eks:${AWS::Region}:${AWS::AccountId}:cluster/my-cluster"}]\n}',
        ),
        (
            "test_managedpolicy_with_fn_sub_and_arrays",
            "policy_with_arrays",
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], '
            '"Resource": ["arn:aws:s3:::test-bucket/*", "arn:aws:s3:::test-bucket-${AWS::Region}/*"]}]}',
        ),
    ],
)
def test_documents_that_are_texts(cloud: RunningCloud, name: str, entry: str, source: str) -> None:
    iam, stack = cloud.client("iam"), name.replace("_", "-")
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Fn::Sub": source}}}
    arn = deploy(cloud, stack, {"Policy": policy}, {"Arn": {"Ref": "Policy"}})["Arn"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    equal(version["Document"], recorded("iam/resource_providers/test_iam.json", name)[entry])
    remove(cloud, stack)


def test_inline_documents_are_changed(cloud: RunningCloud) -> None:
    iam = cloud.client("iam")
    entry = recorded("iam/resource_providers/test_iam.json", "test_update_inline_policy")

    def resources(*actions: str) -> dict[str, Any]:
        properties = {
            "PolicyName": "inline",
            "PolicyDocument": document(*actions, Resource="*"),
            "Roles": [{"Ref": "Role"}],
        }
        return {"Role": role(RoleName="changed"), "Inline": {"Type": "AWS::IAM::Policy", "Properties": properties}}

    deploy(cloud, "inline", resources("s3:GetObject", "s3:ListBucket"), {})
    equal(iam.get_role_policy(RoleName="changed", PolicyName="inline"), entry["role_inline_policy"])
    deploy(cloud, "inline", resources("s3:ListBucket"), {})
    equal(iam.get_role_policy(RoleName="changed", PolicyName="inline"), entry["role_updated_inline_policy"])
    remove(cloud, "inline")


def test_a_document_that_aws_refuses_fails_the_stack(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    policies = [{"PolicyName": "p", "PolicyDocument": document("nothing", Resource="*")}]
    body = json.dumps({"Resources": {"Role": role(Policies=policies)}})
    client.create_stack(StackName="wrong", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        client.get_waiter("stack_create_complete").wait(StackName="wrong", WaiterConfig=DELAYS)
    reasons = [
        one.get("ResourceStatusReason", "") for one in client.describe_stack_events(StackName="wrong")["StackEvents"]
    ]
    assert any("Actions/Conditions must be prefaced by a vendor" in reason for reason in reasons)
    assert cloud.client("iam").list_roles()["Roles"] == []


def test_a_user_with_its_access_key(cloud: RunningCloud) -> None:
    def resources(status: str, **user: Any) -> dict[str, Any]:
        return {
            "U": {"Type": "AWS::IAM::User", "Properties": {"UserName": "uploader", **user}},
            "K": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "U"}, "Status": status}},
            "P": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "own",
                    "PolicyDocument": document("s3:PutObject", Resource="*"),
                    "Users": [{"Ref": "U"}],
                },
            },
            "M": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": document("s3:*", Resource="*"), "Users": [{"Ref": "U"}]},
            },
        }

    outputs = {
        "Arn": {"Fn::GetAtt": ["U", "Arn"]},
        "Key": {"Ref": "K"},
        "Secret": {"Fn::GetAtt": ["K", "SecretAccessKey"]},
        "Managed": {"Ref": "M"},
    }
    iam = cloud.client("iam")
    inline = [{"PolicyName": "reads", "PolicyDocument": document("s3:GetObject", Resource="*")}]
    tags = [{"Key": "k", "Value": "v"}]
    first = deploy(
        cloud,
        "user",
        resources("Active", Policies=inline, ManagedPolicyArns=[BASIC], PermissionsBoundary=BASIC, Tags=tags),
        outputs,
    )
    assert first["Arn"].endswith(":user/uploader")
    assert first["Key"].startswith("AKIA") and len(first["Secret"]) == 40
    assert iam.list_user_policies(UserName="uploader")["PolicyNames"] == ["own", "reads"]
    attached = iam.list_attached_user_policies(UserName="uploader")["AttachedPolicies"]
    assert {one["PolicyArn"] for one in attached} == {BASIC, first["Managed"]}
    second = deploy(cloud, "user", resources("Inactive", Path="/apps/"), outputs)
    assert second == {**first, "Arn": first["Arn"].replace("user/", "user/apps/")}
    [key] = iam.list_access_keys(UserName="uploader")["AccessKeyMetadata"]
    assert (key["AccessKeyId"], key["Status"]) == (first["Key"], "Inactive")
    assert iam.list_user_policies(UserName="uploader")["PolicyNames"] == ["own"]
    changed = iam.get_user(UserName="uploader")["User"]
    assert "PermissionsBoundary" not in changed and "Tags" not in changed
    remove(cloud, "user")
    assert "uploader" not in [one["UserName"] for one in iam.list_users()["Users"]]
