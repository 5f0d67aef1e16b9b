"""What a change set means to people: what is lost, what a policy keeps.

The shapes are those of https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.targets import limits
from stratolite.targets.changes import Change, Changes, added, of_change_set, of_removal

TABLE = "AWS::DynamoDB::Table"


def change(action: str, kind: str = TABLE, **more: Any) -> dict[str, Any]:
    return {"ResourceChange": {"Action": action, "LogicalResourceId": "A", "ResourceType": kind, **more}}


def only(described: dict[str, Any], before: Any = None, after: Any = None) -> Change:
    [row] = of_change_set([described], before or {}, after or {})
    return row


def resource(**attributes: str) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": TABLE, **attributes}}}


def test_added_and_changed_lose_nothing() -> None:
    assert only(change("Add")) == Change("add", "A", TABLE)
    assert only(change("Modify", Replacement="False", PhysicalResourceId="a")) == Change("change", "A", TABLE, "a")
    assert only(change("Modify")).action == "change", "moto tells no Replacement"


def test_a_removed_table_is_lost() -> None:
    row = only(change("Remove", PhysicalResourceId="a"))
    assert (row.action, row.loss, row.note) == ("remove", "certain", "the data of A is lost")


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate", "Snapshot"])
def test_a_policy_of_the_template_keeps(policy: str) -> None:
    row = only(change("Remove"), before=resource(DeletionPolicy=policy))
    assert (row.loss, row.kept) == ("", f"DeletionPolicy: {policy}")
    row = only(change("Modify", Replacement="True"), after=resource(UpdateReplacePolicy=policy))
    assert (row.loss, row.kept) == ("", f"UpdateReplacePolicy: {policy}")


def test_what_the_change_set_says_of_policies_counts_more() -> None:
    row = only(change("Remove", PolicyAction="Delete"), before=resource(DeletionPolicy="Retain"))
    assert row.loss == "certain"
    row = only(change("Modify", Replacement="True", PolicyAction="ReplaceAndRetain"))
    assert (row.loss, row.kept) == ("", "UpdateReplacePolicy: Retain")


def test_a_replacement_names_the_properties_that_ask_for_it() -> None:
    details = [
        {"Target": {"Attribute": "Properties", "Name": "TableName", "RequiresRecreation": "Always"}},
        {"Target": {"Attribute": "Properties", "Name": "BillingMode", "RequiresRecreation": "Never"}},
        {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}},
    ]
    row = only(change("Modify", Replacement="True", Details=details))
    assert (row.action, row.because) == ("replace", ("TableName",))
    assert row.note == "the data of A is lost (TableName cannot be changed in place)"


def test_a_replacement_that_may_come() -> None:
    row = only(change("Modify", Replacement="Conditional"))
    assert (row.action, row.loss, row.note) == ("may replace", "possible", "the data of A may be lost")


@pytest.mark.parametrize(
    ("kind", "is_lost"),
    [
        ("AWS::S3::Bucket", True),
        ("AWS::SQS::Queue", True),
        ("AWS::Cognito::UserPool", True),
        ("AWS::Logs::LogGroup", True),
        ("AWS::ElastiCache::ReplicationGroup", True),
        ("AWS::CloudFormation::Stack", True),
        ("AWS::Lambda::Function", False),
        ("AWS::SNS::Topic", False),
        ("AWS::S3::BucketPolicy", False),
        ("AWS::Cognito::UserPoolClient", False),
    ],
)
def test_types_with_data(kind: str, is_lost: bool) -> None:
    assert bool(only(change("Remove", kind)).loss) is is_lost


def test_the_deployment_bucket_holds_nothing_that_is_missed() -> None:
    resources = [
        {"LogicalResourceId": "ServerlessDeploymentBucket", "ResourceType": "AWS::S3::Bucket"},
        {"LogicalResourceId": "A", "ResourceType": TABLE, "PhysicalResourceId": "a"},
        {"LogicalResourceId": "B", "ResourceType": TABLE},
        {"LogicalResourceId": "Gone", "ResourceType": TABLE, "ResourceStatus": "DELETE_COMPLETE"},
    ]
    rows = of_removal(resources, {"Resources": {"B": {"Type": TABLE, "DeletionPolicy": "Retain"}}})
    assert [(one.logical_id, one.loss) for one in rows] == [
        ("ServerlessDeploymentBucket", ""),
        ("A", "certain"),
        ("B", ""),
    ]


def test_a_plan_as_json() -> None:
    plan = Changes("s", "1", "r", (*added(resource()), only(change("Remove"))), is_new=True)
    shown = plan.as_json()
    assert [one["action"] for one in shown["changes"]] == ["add", "remove"]
    assert shown["changes"][1]["note"] == "the data of A is lost"
    assert not plan.is_empty and Changes("s", "1", "r", ()).is_empty
    assert not Changes("s", "1", "r", (), is_beside=True).is_empty


def test_limits_are_told_before() -> None:
    many = {"Resources": {f"A{number}": {"Type": TABLE} for number in range(501)}}
    with pytest.raises(UserError, match="501 Resources; a stack has at most 500"):
        limits.check(many, "s")
    with pytest.raises(UserError, match="CloudFormation takes 1,000,000"):
        limits.check({"Resources": {"A": {"Type": TABLE, "Metadata": "x" * 1_000_000}}}, "s")
