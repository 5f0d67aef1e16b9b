"""CloudFormation beside the recorded answers of AWS: stacks and change sets in every state.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json

import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.conftest import RunningCloud
from tests.wire.answers import answered, equal
from tests.wire.stack_answers import (
    PATIENCE,
    SIMPLE,
    TOPIC,
    aws,
    change_set,
    delete,
    deploy,
    execute,
    out,
    said,
)


def test_a_name_is_one_stack_s_at_a_time(cloud: RunningCloud) -> None:
    client, theirs = (
        cloud.client("cloudformation", account="000000000101"),
        aws("api/test_stacks", "test_name_conflicts"),
    )
    first = deploy(client, "twice", SIMPLE)
    equal(
        answered(client.create_stack, StackName="twice", TemplateBody=SIMPLE), theirs["create_stack_already_exists_exc"]
    )
    delete(client, "twice")
    equal(answered(client.describe_stacks, StackName="twice"), theirs["deleted_stack_not_found_exc"])
    equal(answered(client.describe_stack_events, StackName="twice"), theirs["deleted_stack_events_not_found_by_name"])
    equal(client.describe_stacks(StackName=first["StackId"]), theirs["deleted_stack_desc"])
    second = deploy(client, "twice", SIMPLE)
    assert second["StackId"] != first["StackId"]
    equal(client.describe_stacks(StackName="twice"), theirs["new_stack_desc"])
    equal(client.describe_stacks(StackName=first["StackId"]), theirs["stack_id_desc"])
    assert {event["StackId"] for event in client.describe_stack_events(StackName="twice")["StackEvents"]} == {
        second["StackId"]
    }
    delete(client, "twice")
    equal(client.describe_stacks(StackName=second["StackId"]), theirs["deleted_second_stack_desc"])
    theirs = aws("api/test_update_stack", "test_update_deleted_stack")["Error"]
    equal(answered(client.update_stack, StackName=second["StackId"], TemplateBody=SIMPLE), theirs)


def test_change_sets_of_stacks_that_come_and_go(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000102")
    theirs = aws("api/test_changesets", "test_name_conflicts")
    first = change_set(client, "review")
    execute(client, first)
    again = answered(change_set, client=client, stack="review", name="initial")
    equal(again, theirs["create_changeset_existingstack_exc"])
    delete(client, "review")
    second = change_set(client, "review")
    equal(client.describe_stacks(StackName="review"), theirs["new_stack_desc"])
    equal(client.describe_stacks(StackName=first["StackId"]), theirs["stack_id_desc"])
    equal(client.describe_stacks(StackName=second["StackId"]), theirs["new_stack_id_desc"])
    equal(client.describe_change_set(ChangeSetName=first["Id"]), theirs["initial_changeset_id_desc"])
    equal(client.describe_change_set(ChangeSetName=second["Id"]), theirs["second_initial_changeset_id_desc"])
    theirs = aws("api/test_templates", "test_get_template_summary_non_executed_change_set")["error"]
    equal(answered(client.get_template_summary, StackName="review"), theirs)


def test_a_stack_in_review(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000103")
    first = change_set(client, "review")
    theirs = aws("api/test_changesets", "test_multiple_create_changeset")
    equal(client.describe_change_set(ChangeSetName=first["Id"]), theirs["initial_changeset"])
    equal(change_set(client, "review", "additional"), theirs["additional_changeset"])
    theirs = aws("api/test_changesets", "test_create_while_in_review")
    made = client.create_stack(StackName="review", TemplateBody=SIMPLE)
    equal(made, theirs["create_stack_while_in_review"])
    assert made["StackId"] == first["StackId"]
    client.get_waiter("stack_create_complete").wait(StackName="review", WaiterConfig=PATIENCE)
    equal(client.describe_stacks(StackName="review"), theirs["describe_stack"])
    equal(client.describe_change_set(ChangeSetName=first["Id"]), theirs["describe_change_set"])


def test_change_sets_by_the_stack_s_id(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000104")
    theirs = aws("api/test_changesets", "test_create_changeset_with_stack_id")
    made = change_set(client, "revived")
    equal(client.describe_stacks(StackName=made["StackId"]), theirs["describe_stack"])
    execute(client, made)
    delete(client, made["StackId"])
    ours = answered(change_set, client=client, stack=made["StackId"], name="revived-stack-changeset")
    equal(ours, theirs["recreate_deleted_with_id_exception"])
    theirs = aws("api/test_changesets", "test_create_changeset_for_deleted_stack")
    equal(answered(change_set, client=client, stack=made["StackId"], name="test"), theirs["ErrorForCreate"])
    ours = answered(change_set, client=client, stack=made["StackId"], name="test", kind="UPDATE")
    equal(ours, theirs["ErrorForUpdate"])


def test_change_sets_without_changes(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000105")
    theirs = aws("api/test_changesets", "test_empty_changeset")
    execute(client, change_set(client, "still"))
    empty = change_set(client, "still", "nothing", "UPDATE")
    shown = client.describe_change_set(ChangeSetName=empty["Id"])
    equal(shown, aws("api/test_changesets", "test_create_change_set_no_changes")["change-set-description"])
    ours = said(client.execute_change_set, ChangeSetName=empty["Id"])
    pattern = theirs["error_execute_failed"].split("[arn")[0]
    assert ours == f"{pattern}[{empty['Id']}] cannot be executed in its current status of [FAILED]"
    client.delete_change_set(ChangeSetName=empty["Id"])
    with pytest.raises(ClientError) as caught:
        client.describe_change_set(ChangeSetName=empty["Id"])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    other = change_set(client, "still", "other", "UPDATE", SIMPLE.replace("test", "other"))
    listed = client.list_change_sets(StackName="still")
    equal(listed, aws("test_change_sets", "::test_list_change_sets")["change-sets"])
    assert listed["Summaries"][0]["ChangeSetId"] == other["Id"]
    client.delete_change_set(StackName="still", ChangeSetName="other")
    theirs = aws("api/test_changesets", "test_describe_changeset_after_delete")["describe-deleted-cs"]
    equal(answered(client.describe_change_set, StackName="still", ChangeSetName="other"), theirs)


def test_change_sets_of_a_parameter(cloud: RunningCloud) -> None:
    # A change set of a parameter's value: the property changes by it, and by what its expression gives.
    client = cloud.client("cloudformation", account="000000000106")
    body = {
        "Parameters": {"TopicName": {"Type": "String"}},
        "Resources": {"topic123": {**TOPIC, "Properties": {"TopicName": {"Ref": "TopicName"}}}},
    }
    request = {"StackName": "named", "TemplateBody": json.dumps(body)}
    first = [{"ParameterKey": "TopicName", "ParameterValue": "named-1"}]
    execute(client, client.create_change_set(**request, ChangeSetName="c", ChangeSetType="CREATE", Parameters=first))
    second = [{"ParameterKey": "TopicName", "ParameterValue": "named-2"}]
    made = client.create_change_set(**request, ChangeSetName="c", Parameters=second)
    theirs = aws("api/test_changesets", "test_describe_changeset_after_delete")["describe-2"]
    equal(client.describe_change_set(ChangeSetName=made["Id"]), theirs)


def test_stacks_are_listed(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000107")
    for name in ("one", "two", "three"):
        execute(client, change_set(client, name))
    listed = client.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
    equal(listed, aws("test_list_stacks", "test_listing_stacks")["stacks"])
    ours = answered(client.update_stack, StackName="one", TemplateBody=SIMPLE)
    theirs = aws("api/test_stacks", "test_update_stack_with_same_template_withoutchange")["no_change_exception"]
    equal(ours, theirs)
    equal(
        answered(client.update_stack, StackName="one"), aws("api/test_update_stack", "test_no_template_error")["error"]
    )


def test_descriptions_and_tags_come_with_the_execution(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000108")
    body = json.dumps({"Description": "test <env>.test.net", "Resources": {"TestResource": TOPIC}})
    for name, tags in (("no-tags", []), ("with-tags", [{"Key": "foo", "Value": "bar"}])):
        theirs = aws("api/test_stacks", f"test_stack_description_lifecycle[{name}]")
        request = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": body}
        made = client.create_change_set(**request, Tags=tags)
        equal(client.describe_change_set(ChangeSetName=made["Id"]), theirs["change-set-pre-execute"])
        equal(client.describe_stacks(StackName=name)["Stacks"][0], theirs["stack-pre-execute"])
        execute(client, made)
        equal(client.describe_stacks(StackName=name)["Stacks"][0], theirs["stack-post-execute"])


def test_resources_that_left_or_never_came_are_not_described(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000109")
    theirs = aws("api/test_resources", "test_describe_deleted_resource_on_update")
    deploy(client, "leaving", {"Resources": {"Parameter": TOPIC}})
    client.update_stack(StackName="leaving", TemplateBody=json.dumps({"Resources": {"Parameter2": TOPIC}}))
    client.get_waiter("stack_update_complete").wait(StackName="leaving", WaiterConfig=PATIENCE)
    ask = client.describe_stack_resource
    equal(answered(ask, StackName="leaving", LogicalResourceId="Parameter"), theirs["error"])
    equal(ask(StackName="leaving", LogicalResourceId="Parameter2"), theirs["parameter"])
    theirs = aws("api/test_resources", "test_describe_failed_resource")
    client.create_stack(StackName="failing", TemplateBody=json.dumps({"Resources": {"Parameter": BAD}}))
    with pytest.raises(WaiterError):
        client.get_waiter("stack_create_complete").wait(StackName="failing", WaiterConfig=PATIENCE)
    cloud.drain()
    equal(answered(ask, StackName="failing", LogicalResourceId="Parameter"), theirs["error"])


BAD = {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "lambda", "Endpoint": "no arn"}}
"""It lacks its topic, which is known before it is made."""


def test_what_cannot_succeed_fails_before_anything_is_made(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000110")
    body = out({"Resources": {"Parameter": TOPIC}}, {"Fn::GetAtt": ["Parameter", "Invalid"]})
    body["Outputs"] = {"InvalidOutput": body["Outputs"]["O1"]}
    made = change_set(client, "invalid-output", body=json.dumps(body))
    client.execute_change_set(ChangeSetName=made["Id"])
    cloud.drain()
    events = client.describe_stack_events(StackName="invalid-output")["StackEvents"]
    theirs = aws("engine/test_attributes", "test_invalid_getatt_fails")["stack_events"]["events"]
    equal(events, theirs)
    # As recorded for a property that is missing, in the words of today's registry.
    body = {"Resources": {"Fine": TOPIC, "MyParameter": BAD}}
    client.create_stack(StackName="invalid-property", TemplateBody=json.dumps(body))
    cloud.drain()
    events = client.describe_stack_events(StackName="invalid-property")["StackEvents"]
    told = [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in reversed(events)]
    assert told == [
        ("invalid-property", "CREATE_IN_PROGRESS", "User Initiated"),
        ("MyParameter", "CREATE_IN_PROGRESS", ""),
        (
            "MyParameter",
            "CREATE_FAILED",
            "Properties validation failed for resource MyParameter with message:\n#: required key [TopicArn] not found",
        ),
        (
            "invalid-property",
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [MyParameter]. Rollback requested by user.",
        ),
        ("invalid-property", "ROLLBACK_COMPLETE", ""),
    ]
    theirs = aws("resources/test_sns", "test_sns_topic_fifo_without_suffix_fails")["describe-stack"]
    theirs.pop("Parameters"), theirs.pop("LastUpdatedTime")
    equal(client.describe_stacks(StackName="invalid-property")["Stacks"][0], theirs)


def test_imports_of_what_nobody_exports(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000111")
    theirs = aws("test_change_set_exports_imports", "test_describe_change_set_import_non_existent_export")
    body = json.dumps({"Resources": {"MyFoo": {**TOPIC, "Properties": {"DisplayName": {"Fn::ImportValue": "none"}}}}})
    made = change_set(client, "importing", body=body)
    equal(client.describe_change_set(ChangeSetName=made["Id"]), theirs["describe"])
    shown = client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
    assert shown["StatusReason"] == theirs["describe_with_values"]["StatusReason"].replace("<export-name>", "none")
    context = json.loads(shown["Changes"][0]["ResourceChange"]["AfterContext"])
    assert context == {"Properties": {"DisplayName": "{{changeSet:KNOWN_AFTER_APPLY}}"}}
    client.execute_change_set(ChangeSetName=made["Id"])
    cloud.drain()
    equal(client.describe_stacks(StackName="importing")["Stacks"][0], theirs["post-deploy-stack-describe"])
    events = client.describe_stack_events(StackName="importing")["StackEvents"]
    assert "No export named none found. Rollback requested by user." in [e.get("ResourceStatusReason") for e in events]

    theirs = aws("test_change_set_exports_imports", "test_describe_change_set_import_non_existent_export_then_create")
    made = change_set(client, "importing-later", body=body)
    exporting = out({"Resources": {"A": TOPIC}}, "given")
    exporting["Outputs"]["O1"]["Export"] = {"Name": "none"}
    deploy(client, "exporting", exporting)
    execute(client, made)
    equal(client.describe_stacks(StackName="importing-later")["Stacks"][0], theirs["post-deploy-stack-describe"])
