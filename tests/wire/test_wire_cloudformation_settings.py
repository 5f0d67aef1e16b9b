"""What a stack is given beside its template: policies, texts at URLs of S3, tags, topics to tell, roles; the limits."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.stacks import Stack, failing, template, topic

POLICIES = "cloudformation/api/test_stack_policies.json"
BUCKET = "stack-texts"


def statement(effect: str, action: str = "Update:*", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Principal": "*", "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


def of_type(kind: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {"ResourceType": [kind]}}}


@pytest.fixture(scope="module")
def texts(cloud: RunningCloud) -> Any:
    """Puts a text where CloudFormation reads it; the URL."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def put(key: str, text: str) -> str:
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        return f"https://{BUCKET}.s3.amazonaws.com/{key}"

    return put


# Stack policies ------------------------------------------------------------------------------------------------------


def test_a_policy_from_none_to_none(cloud: RunningCloud) -> None:
    """Entries test_policy_lifecycle, test_empty_policy and test_create_stack_with_policy."""
    aws = recorded(POLICIES, "test_policy_lifecycle")
    stack = Stack(cloud, "policied")
    stack.create(template({"A": topic("policied")}))
    client, name = stack.client, {"StackName": stack.id}
    equal(client.get_stack_policy(**name), aws["initial_policy"])
    for text, key in ((policy(statement("Allow")), "policy"), (policy(statement("Deny")), "policy_updated")):
        client.set_stack_policy(**name, StackPolicyBody=text)
        equal(client.get_stack_policy(**name), aws[key])
    client.set_stack_policy(**name, StackPolicyBody="{}")
    equal(client.get_stack_policy(**name), aws["policy_deleted"])
    equal(client.get_stack_policy(**name), recorded(POLICIES, "test_empty_policy")["policy"])
    assert stack.update(template({"A": topic("policied", DisplayName="b")})) == "UPDATE_COMPLETE"

    made = Stack(cloud, "policied-from-birth")
    made.create(template({"A": topic("policied-from-birth")}), StackPolicyBody=policy(statement("Allow")))
    ours = client.get_stack_policy(StackName=made.id)
    equal(ours, recorded(POLICIES, "test_create_stack_with_policy")["policy"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("test_invalid_policy", policy(statement("Denied"))),
        ("test_not_json_policy", "no JSON"),
        ("test_different_principal_attribute", policy({**statement("Deny"), "Principal": "me"})),
        ("test_different_action_attribute", policy({**statement("Deny", "Delete:*"), "Principal": "me"})),
    ],
)
def test_policies_that_are_refused(cloud: RunningCloud, name: str, text: str) -> None:
    aws = recorded(POLICIES, name)["error"]
    stack = Stack(cloud, f"refused-{name.replace('_', '-')}")
    stack.create(template({"A": topic()}))
    ours = answered(stack.client.set_stack_policy, StackName=stack.id, StackPolicyBody=text)
    equal(ours, aws if "Error" in aws else {"Error": aws})


def test_policies_at_urls(cloud: RunningCloud, texts: Any) -> None:
    stack = Stack(cloud, "policy-at-url")
    stack.create(template({"A": topic()}))
    client, name = stack.client, {"StackName": stack.id}
    client.set_stack_policy(**name, StackPolicyURL=texts("policy.json", policy(statement("Allow"))))
    equal(client.get_stack_policy(**name), recorded(POLICIES, "test_set_policy_with_url")["policy"])
    both = {"StackPolicyBody": policy(statement("Allow")), "StackPolicyURL": texts("policy.json", "{}")}
    ours = answered(client.set_stack_policy, **name, **both)
    equal(ours, recorded(POLICIES, "test_set_policy_both_policy_and_url")["error"])
    ours = answered(client.set_stack_policy, **name, StackPolicyURL=texts("bad.json", policy(statement("Maybe"))))
    equal(ours, recorded(POLICIES, "test_set_invalid_policy_with_url")["error"])
    client.set_stack_policy(**name, StackPolicyURL=texts("policy.json", "{}"))
    equal(client.get_stack_policy(**name), recorded(POLICIES, "test_set_empty_policy_with_url")["policy"])


DENIED: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("all", [statement("Deny")], {"DisplayName": "b"}),
    ("modify", [statement("Deny", "Update:Modify", "LogicalResourceId/A")], {"DisplayName": "b"}),
    ("replace", [statement("Deny", "Update:Replace")], {"TopicName": "denied-replace-other"}),
    ("type", [statement("Deny", **of_type("AWS::SNS::Topic")), statement("Allow")], {"DisplayName": "b"}),
    ("unsaid", [statement("Allow", "Update:Delete")], {"DisplayName": "b"}),
]


@pytest.mark.parametrize(("name", "statements", "change"), DENIED, ids=[one[0] for one in DENIED])
def test_updates_that_a_policy_denies(
    cloud: RunningCloud, name: str, statements: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    """Entry test_prevent_stack_update."""
    recorded(POLICIES, "test_prevent_stack_update")
    stack = Stack(cloud, f"denied-{name}")
    stack.create(template({"A": topic(f"denied-{name}")}), StackPolicyBody=policy(*statements))
    properties = {"TopicName": f"denied-{name}", **change}
    body = template({"A": {"Type": "AWS::SNS::Topic", "Properties": properties}})
    assert stack.update(body) == "UPDATE_ROLLBACK_COMPLETE"
    words = "not allowed" if name == "unsaid" else "denied"
    assert stack.reasons("UPDATE_FAILED")[0].startswith(f"Action {words} by stack policy")
    assert stack.physical("A").endswith(f":denied-{name}")
    # A policy of its own for the time of the update lets it through.
    assert stack.update(body, StackPolicyDuringUpdateBody=policy(statement("Allow"))) == "UPDATE_COMPLETE"


def test_a_policy_denies_deletions(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "denied-deletion")
    deny = statement("Deny", "Update:Delete", **of_type("AWS::SNS::Topic"))
    stack.create(template({"A": topic(), "B": topic("denied-deletion")}), StackPolicyBody=policy(deny))
    assert stack.update(template({"A": topic()})) == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(stack.resources()) == ["A", "B"]
    assert "Action denied by stack policy" in stack.reasons("UPDATE_FAILED")[0]
    # Policies are of updates alone.
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_policy_that_comes_with_an_update_holds_from_its_end_on(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html"""
    stack = Stack(cloud, "policy-with-update")
    stack.create(template({"A": topic("policy-with-update")}))
    changed = template({"A": topic("policy-with-update", DisplayName="b")})
    assert stack.update(changed, StackPolicyBody=policy(statement("Deny"))) == "UPDATE_COMPLETE"
    assert "Deny" in stack.client.get_stack_policy(StackName=stack.id)["StackPolicyBody"]


# Texts at URLs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["s3_url", "http_path", "http_host", "http_invalid"])
def test_templates_at_urls(cloud: RunningCloud, texts: Any, style: str) -> None:
    aws = recorded("cloudformation/api/test_templates.json", f"test_create_stack_from_s3_template_url[{style}]")
    name = f"at-url-{style.replace('_', '-')}"
    texts(
        f"{style}/template.yml",
        f"Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {name}",
    )
    url = {
        "s3_url": f"s3://{BUCKET}/{style}/template.yml",
        "http_path": f"https://s3.amazonaws.com/{BUCKET}/{style}/template.yml",
        "http_host": f"https://{BUCKET}.s3.amazonaws.com/{style}/template.yml",
        "http_invalid": "https://example.com/dummy.yml",
    }[style]
    client = cloud.client("cloudformation")
    answer = answered(client.create_stack, StackName=name, TemplateURL=url)
    if "create-error" in aws:
        equal(answer, aws["create-error"])
        return
    cloud.drain()
    topics = [one for one in cloud.client("sns").list_topics()["Topics"] if one["TopicArn"].endswith(name)]
    equal(topics, aws["matching-topic"])


@pytest.mark.parametrize(
    "place",
    [
        "https://s3.us-east-1.amazonaws.com/{bucket}/{key}",
        "https://{bucket}.s3.us-east-1.amazonaws.com/{key}",
        "https://s3-us-east-1.amazonaws.com/{bucket}/{key}",
        "{endpoint}/{bucket}/{key}",
    ],
)
def test_templates_at_urls_that_tools_write(cloud: RunningCloud, texts: Any, place: str) -> None:
    key = "a folder/täglich.json"
    texts(key, template({"T": topic("of-a-folder")}))
    url = place.format(bucket=BUCKET, key="a%20folder/t%C3%A4glich.json", endpoint=cloud.endpoint)
    parsed = cloud.client("cloudformation").get_template_summary(TemplateURL=url)
    assert parsed["ResourceTypes"] == ["AWS::SNS::Topic"]


def test_texts_that_are_not_there(cloud: RunningCloud, texts: Any) -> None:
    client = cloud.client("cloudformation")
    url = texts("there", "{}").replace("there", "nowhere")
    assert refused(client.create_stack, StackName="nowhere", TemplateURL=url)[:2] == (
        "ValidationError",
        "S3 error: The specified key does not exist.",
    )
    assert refused(client.create_stack, StackName="nowhere")[:2] == (
        "ValidationError",
        "Either Template URL or Template Body must be specified.",
    )


def test_templates_have_a_size(cloud: RunningCloud, texts: Any) -> None:
    """51,200 bytes in a request, 1 MB in S3:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    client = cloud.client("cloudformation")
    large = template({"T": {**topic("of-size"), "Metadata": {"Text": "x" * 51_200}}})
    code, text, _ = refused(client.create_stack, StackName="large", TemplateBody=large)
    assert code == "ValidationError"
    assert "'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200" in text
    stack = Stack(cloud, "large")
    stack.client.create_stack(StackName="large", TemplateURL=texts("large.json", large))
    assert stack.ended() == "CREATE_COMPLETE"
    huge = texts("huge.json", template({"T": {**topic(), "Metadata": {"Text": "x" * 1_048_576}}}))
    code, text, _ = refused(client.create_stack, StackName="huge", TemplateURL=huge)
    assert (code, "Template may not exceed" in text) == ("ValidationError", True)


def test_templates_have_a_number_of_resources(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    many = template({f"T{number}": {"Type": "AWS::SNS::Topic"} for number in range(501)})
    code, text, _ = refused(client.create_stack, StackName="many", TemplateBody=many)
    assert (code, "Number of resources, 501, is greater than maximum allowed, 500" in text) == ("ValidationError", True)


# Tags ----------------------------------------------------------------------------------------------------------------


def test_tags_of_a_stack_are_its_resources(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html"""
    stack, sns = Stack(cloud, "tagged"), cloud.client("sns")
    own = topic("tagged", Tags=[{"Key": "own", "Value": "mine"}])
    stack.create(template({"A": own}), Tags=[{"Key": "team", "Value": "a"}, {"Key": "own", "Value": "stack"}])

    def tags() -> dict[str, str]:
        found = sns.list_tags_for_resource(ResourceArn=stack.physical("A"))["Tags"]
        return {one["Key"]: one["Value"] for one in found}

    assert tags() == {"team": "a", "own": "mine"}
    assert stack.update(Tags=[{"Key": "team", "Value": "b"}]) == "UPDATE_COMPLETE"
    assert tags() == {"team": "b", "own": "mine"}
    assert stack.update(Tags=[]) == "UPDATE_COMPLETE"
    assert tags() == {"own": "mine"}
    failed = template({"A": own, "Bad": failing("A")})
    assert stack.update(failed, Tags=[{"Key": "team", "Value": "c"}]) == "UPDATE_ROLLBACK_COMPLETE"
    assert tags() == {"own": "mine"}
    assert stack.described()["Tags"] == []


# Who is told, who acts -----------------------------------------------------------------------------------------------


def test_topics_are_told_what_happens(cloud: RunningCloud) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    arn = sns.create_topic(Name="told")["TopicArn"]
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    stack = Stack(cloud, "telling")
    assert stack.create(template({"A": topic("telling")}), NotificationARNs=[arn]) == "CREATE_COMPLETE"
    assert stack.described()["NotificationARNs"] == [arn]
    told = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        told += [one["Body"] for one in found]
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    lines = [dict(line.split("=", 1) for line in text.splitlines()) for text in told]
    assert sorted((one["LogicalResourceId"], one["ResourceStatus"]) for one in lines) == [
        ("'A'", "'CREATE_COMPLETE'"),
        *[("'A'", "'CREATE_IN_PROGRESS'")] * 2,
        ("'telling'", "'CREATE_COMPLETE'"),
        ("'telling'", "'CREATE_IN_PROGRESS'"),
    ]
    sns.delete_topic(TopicArn=arn)
    assert stack.delete() == "DELETE_COMPLETE"


def test_settings_that_cannot_act_are_refused_by_name(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    with pytest.raises(ClientError, match="DeletionMode"):
        client.delete_stack(StackName=Stack(cloud, "settings").id, DeletionMode="FORCE_DELETE_STACK")


def test_types_that_a_caller_allows(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    allowed = {"StackName": "allowed", "TemplateBody": template({"A": topic()}), "ResourceTypes": ["AWS::SQS::*"]}
    assert refused(client.create_stack, **allowed)[:2] == (
        "ValidationError",
        "Resource type AWS::SNS::Topic is not allowed by parameter ResourceTypes [AWS::SQS::*]",
    )


def test_the_role_of_a_stack_is_shown(cloud: RunningCloud) -> None:
    iam = cloud.client("iam")
    trusted = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps({"Statement": [trusted]}))["Role"][
        "Arn"
    ]
    stack = Stack(cloud, "with-role")
    stack.create(template({"A": topic()}), RoleARN=arn)
    assert stack.described()["RoleARN"] == arn
    said = refused(
        stack.client.update_stack,
        StackName=stack.id,
        TemplateBody=template({"A": topic("x")}),
        RoleARN=f"arn:aws:iam::{ACCOUNT}:role/nobody",
    )
    assert said[:2] == (
        "ValidationError",
        f"Role arn:aws:iam::{ACCOUNT}:role/nobody is invalid or cannot be assumed",
    )


def test_stacks_belong_to_a_region_and_an_account(cloud: RunningCloud) -> None:
    Stack(cloud, "of-a-place").create(template({"A": topic()}))
    for place in ({"region": "eu-west-1"}, {"account": "999999999999"}):
        client = cloud.client("cloudformation", **place)
        assert refused(client.describe_stacks, StackName="of-a-place")[0] == "ValidationError"
        assert client.list_stacks()["StackSummaries"] == []
    assert f":{REGION}:{ACCOUNT}:" in Stack(cloud, "of-a-place").described()["StackId"]


# Long lists ----------------------------------------------------------------------------------------------------------


def test_long_lists_come_in_pages(cloud: RunningCloud) -> None:
    stack, count = Stack(cloud, "paged"), 103
    client = stack.client
    body = template(
        {f"R{number}": {"Type": "AWS::Logs::LogGroup"} for number in range(count)},
        Outputs={f"O{n}": {"Value": str(n), "Export": {"Name": f"paged-{n}"}} for n in range(count)},
    )
    name = {"StackName": "paged", "ChangeSetName": "c"}
    client.create_change_set(**name, TemplateBody=body, ChangeSetType="CREATE")
    changes = client.get_paginator("describe_change_set").paginate(**name).build_full_result()
    assert len({one["ResourceChange"]["LogicalResourceId"] for one in changes["Changes"]}) == count
    client.execute_change_set(**name)
    assert stack.ended() == "CREATE_COMPLETE"

    first = client.describe_stack_events(StackName="paged")
    assert len(first["StackEvents"]) == 100
    events = client.get_paginator("describe_stack_events").paginate(StackName="paged").build_full_result()
    times = [one["Timestamp"] for one in events["StackEvents"]]
    assert len({one["EventId"] for one in events["StackEvents"]}) == 3 * count + 3
    assert times == sorted(times, reverse=True)
    resources = client.get_paginator("list_stack_resources").paginate(StackName="paged").build_full_result()
    assert len({one["PhysicalResourceId"] for one in resources["StackResourceSummaries"]}) == count
    exports = client.get_paginator("list_exports").paginate().build_full_result()["Exports"]
    assert len([one for one in exports if one["Name"].startswith("paged-")]) == count
    assert refused(client.list_stacks, NextToken="no token")[0] == "ValidationError"


def test_a_stack_is_found_by_what_it_made(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "found-by")
    stack.create(template({"A": topic("found-by"), "B": topic()}))
    found = stack.client.describe_stack_resources(PhysicalResourceId=f"arn:aws:sns:{REGION}:{ACCOUNT}:found-by")
    assert [one["LogicalResourceId"] for one in found["StackResources"]] == ["A", "B"]
    only = stack.client.describe_stack_resources(StackName="found-by", LogicalResourceId="B")["StackResources"]
    assert [one["LogicalResourceId"] for one in only] == ["B"]
    said = refused(stack.client.describe_stack_resources, PhysicalResourceId="nobody-s")
    assert said[:2] == ("ValidationError", "Stack for nobody-s does not exist")
