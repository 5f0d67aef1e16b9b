"""Resource policies of tables: kept with revisions, through the API and stacks.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.answers import refused
from tests.wire.dynamodb_tables import SIMPLE, table
from tests.wire.stacks import Stack, template

ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
MISSING = "Resource-based policy not found for the provided ResourceArn: "


@pytest.fixture(scope="module")
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


def arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def allowed(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": [action], "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def put(dynamodb: Any, name: str, action: str, **more: Any) -> str:
    policy = json.dumps(allowed(action))
    revision: str = dynamodb.put_resource_policy(ResourceArn=arn(name), Policy=policy, **more)["RevisionId"]
    return revision


def test_a_policy_is_kept_with_its_revision(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        expected = ("PolicyNotFoundException", f"{MISSING}{arn(name)}", 400)
        assert refused(dynamodb.get_resource_policy, ResourceArn=arn(name)) == expected
        first = put(dynamodb, name, "dynamodb:*", ExpectedRevisionId="NO_POLICY")
        answer = dynamodb.get_resource_policy(ResourceArn=arn(name))
        assert (json.loads(answer["Policy"]), answer["RevisionId"]) == (allowed("dynamodb:*"), first)
        assert put(dynamodb, name, "dynamodb:*") == first
        second = put(dynamodb, name, "dynamodb:GetItem", ExpectedRevisionId=first)
        assert int(second) > int(first)
        assert "ResourcePolicy" not in dynamodb.describe_table(TableName=name)["Table"]
        assert dynamodb.delete_resource_policy(ResourceArn=arn(name))["RevisionId"] == second
        assert refused(dynamodb.get_resource_policy, ResourceArn=arn(name)) == expected
        assert "RevisionId" not in dynamodb.delete_resource_policy(ResourceArn=arn(name))


def test_another_revision_than_the_expected_one(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        first = put(dynamodb, name, "dynamodb:*")
        second = put(dynamodb, name, "dynamodb:GetItem")
        stale = (
            "PolicyNotFoundException",
            f"{MISSING}Requested update for policy with revision id {first}, but the policy associated to target "
            f"table {name} has revision id {second}.",
            400,
        )
        wanted = {"ResourceArn": arn(name), "ExpectedRevisionId": first}
        assert refused(dynamodb.put_resource_policy, Policy=json.dumps(allowed("dynamodb:*")), **wanted) == stale
        assert refused(dynamodb.delete_resource_policy, **wanted) == stale
        none = {**wanted, "ExpectedRevisionId": "NO_POLICY"}
        assert refused(dynamodb.delete_resource_policy, **none) == (
            "PolicyNotFoundException",
            f"{MISSING}Requested policy update expecting none to be present for table {name}, but a policy exists "
            f"with revision id {second}.",
            400,
        )
        assert dynamodb.get_resource_policy(ResourceArn=arn(name))["RevisionId"] == second


def test_refused_policies(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        for wrong in ("{", "[]", '{"Version": "2012-10-17"}', json.dumps({"Statement": ["x" * 20_480]})):
            answer = refused(dynamodb.put_resource_policy, ResourceArn=arn(name), Policy=wrong)
            assert answer[0] == "ValidationException"
            answer = refused(dynamodb.create_table, TableName="refused", ResourcePolicy=wrong, **SIMPLE, **ON_DEMAND)
            assert answer[0] == "ValidationException"
        missing = ("ResourceNotFoundException", "Requested resource not found: Table: nowhere not found", 400)
        assert refused(dynamodb.get_resource_policy, ResourceArn=arn("nowhere")) == missing
        assert refused(dynamodb.delete_resource_policy, ResourceArn=arn("nowhere")) == missing
        stream = f"{arn(name)}/stream/2026-01-01T00:00:00.000"
        assert refused(dynamodb.get_resource_policy, ResourceArn=stream)[0] == "NotImplemented"


def test_a_table_comes_with_its_policy(dynamodb: Any) -> None:
    with table(dynamodb, ResourcePolicy=json.dumps(allowed("dynamodb:*"))) as name:
        answer = dynamodb.get_resource_policy(ResourceArn=arn(name))
        assert json.loads(answer["Policy"]) == allowed("dynamodb:*")


def test_stacks_set_change_and_take_away_a_policy(cloud: RunningCloud, dynamodb: Any) -> None:
    stack = Stack(cloud, "policies")

    def body(action: str) -> str:
        policy = {"ResourcePolicy": {"PolicyDocument": allowed(action)}} if action else {}
        properties = {"TableName": "of-policies", **SIMPLE, **ON_DEMAND, **policy}
        return template({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}})

    def found() -> Any:
        return json.loads(dynamodb.get_resource_policy(ResourceArn=arn("of-policies"))["Policy"])

    assert stack.create(body("dynamodb:*")) == "CREATE_COMPLETE"
    assert found() == allowed("dynamodb:*")
    assert stack.update(body("dynamodb:GetItem")) == "UPDATE_COMPLETE"
    assert found() == allowed("dynamodb:GetItem")
    assert stack.update(body("")) == "UPDATE_COMPLETE"
    assert refused(dynamodb.get_resource_policy, ResourceArn=arn("of-policies"))[0] == "PolicyNotFoundException"
    assert stack.delete() == "DELETE_COMPLETE"
