"""CloudFormation beside the recorded answers of AWS: refusals, stacks and change sets in every state, templates.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal

PATIENCE = {"Delay": 0.01, "MaxAttempts": 500}
TOPIC = {"Type": "AWS::SNS::Topic"}
SIMPLE = json.dumps({"Resources": {"SimpleParam": {**TOPIC, "Properties": {"DisplayName": "test"}}}})


def aws(file: str, name: str) -> Any:
    """A recording, with topics in the place of SSM's parameters."""
    text = json.dumps(recorded(f"cloudformation/{file}.json", name))
    return json.loads(text.replace("AWS::SSM::Parameter", "AWS::SNS::Topic"))


def said(ask: Any, **request: Any) -> str:
    """A refusal as boto3 words it."""
    with pytest.raises(ClientError) as caught:
        ask(**request)
    return str(caught.value).replace(" (reached max retries: 0)", "")


def refusal(cloud: RunningCloud, template: Any, **request: Any) -> Any:
    """What CreateStack answers to a template that it refuses; nothing is made."""
    client = cloud.client("cloudformation")
    text = template if isinstance(template, str) else json.dumps(template)
    answer = answered(client.create_stack, StackName="refused", TemplateBody=text, **request)
    assert "StackId" not in answer, answer
    equal(
        answered(client.describe_stacks, StackName="refused"),
        aws("api/test_stacks", "test_non_existing_stack_message")["Error"],
    )
    return answer


def deploy(client: Any, name: str, template: Any, **request: Any) -> dict[str, Any]:
    text = template if isinstance(template, str) else json.dumps(template)
    client.create_stack(StackName=name, TemplateBody=text, **request)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=PATIENCE)
    stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    return stack


def delete(client: Any, name: str) -> None:
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=PATIENCE)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def out(template: dict[str, Any], *values: Any) -> dict[str, Any]:
    return {**template, "Outputs": {f"O{n}": {"Value": value} for n, value in enumerate(values, 1)}}


# Templates that are refused ------------------------------------------------------------------------------------------

ONE = {"A": TOPIC}
MAPPING = {"TopicSuffixMap": {"A": {"Suffix": "a"}}}


def showing(text: Any, **sections: Any) -> dict[str, Any]:
    return {"Resources": {"A": {**TOPIC, "Properties": {"DisplayName": text}}}, **sections}


REFUSED: list[tuple[str, str, str, Any]] = [
    ("api/test_validations", "[none-value]", "validation-error", {**ONE, "O": {"MyOutput": {"Value": None}}}),
    (
        "api/test_validations",
        "[missing-def]",
        "validation-error",
        {**ONE, "O": {"MyOutput": {"Value": None, "B": None}}},
    ),
    ("api/test_validations", "[multiple-nones]", "validation-error", {**ONE, "O": {"MyOutput": {}}}),
    ("api/test_validations", "test_missing_resources_block", "validation-error", {}),
    ("api/test_validations", "[missing-type]", "validation-error", {"A": {"Properties": {}}}),
    ("api/test_validations", "[invalid-key]", "validation-error", {"A": {**TOPIC, "Invalid": 1}}),
    ("api/test_changesets", "test_using_pseudoparameters_in_places[resource]", "error", {"AWS::NoValue": TOPIC}),
]


@pytest.mark.parametrize(("file", "name", "key", "resources"), REFUSED, ids=[one[1] for one in REFUSED])
def test_resources_that_are_refused(cloud: RunningCloud, file: str, name: str, key: str, resources: Any) -> None:
    template = {"Resources": {name: one for name, one in resources.items() if name != "O"}}
    if "O" in resources:
        template["Outputs"] = resources["O"]
    equal(refusal(cloud, template), aws(file, name)[key])


WHOLE: list[tuple[str, str, str, Any]] = [
    ("api/test_stacks", "test_linting_error_during_creation", "error", {"Resources": "", "Outputs": ""}),
    (
        "api/test_changesets",
        "test_using_pseudoparameters_in_places[parameter]",
        "error",
        {"Resources": ONE, "Parameters": {"AWS::NoValue": {"Type": "String"}}},
    ),
    (
        "engine/test_references",
        "test_depends_on_with_missing_reference",
        "depends_on_nonexisting_exception",
        {"Resources": {"A": {**TOPIC, "DependsOn": ["NonExistingResource"]}}},
    ),
    (
        "engine/test_references",
        "test_useful_error_when_invalid_ref",
        "validation_error",
        showing({"Ref": "InvalidRef"}),
    ),
    (
        "engine/test_mappings",
        "test_mapping_with_nonexisting_key",
        "mapping_nonexisting_key_exc",
        showing({"Fn::FindInMap": ["TopicSuffixMap", "C", "Suffix"]}, Mappings=MAPPING),
    ),
    (
        "engine/test_mappings",
        "test_mapping_with_invalid_refs",
        "mapping_invalid_ref_exc",
        showing("a", Mappings={"M": {"A": {"Suffix": {"Ref": "P"}}}}),
    ),
    (
        "engine/test_mappings",
        "test_mapping_maximum_nesting_depth",
        "mapping_maximum_level_exc",
        showing("a", Mappings={"M": {"A": {"B": {"C": "d"}}}}),
    ),
    (
        "engine/test_mappings",
        "test_mapping_minimum_nesting_depth",
        "mapping_minimum_level_exc",
        showing("a", Mappings={"A": {"B": "c"}}),
    ),
    (
        "engine/test_conditions",
        "test_dependent_ref",
        "dependent_ref_exc",
        {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {
                "MyTopic": {**TOPIC, "Condition": "Never"},
                "Other": {**TOPIC, "Properties": {"DisplayName": {"Ref": "MyTopic"}}},
            },
        },
    ),
    (
        "engine/test_conditions",
        "test_dependent_get_att",
        "dependent_ref_exc",
        {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {
                "MyTopic": {**TOPIC, "Condition": "Never"},
                "Other": {**TOPIC, "Properties": {"DisplayName": {"Fn::GetAtt": ["MyTopic", "TopicName"]}}},
            },
        },
    ),
    (
        "engine/test_conditions",
        "test_output_reference_to_skipped_resource",
        "unresolved_resource_reference_exception",
        {
            "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"MyTopic": {**TOPIC, "Condition": "Never"}, "Other": TOPIC},
            "Outputs": {"O": {"Value": {"Ref": "MyTopic"}}},
        },
    ),
    (
        "engine/test_conditions",
        "test_validate_equals_args_len",
        "error",
        showing("a", Conditions={"C": {"Fn::Equals": ["a"]}}),
    ),
    (
        "test_change_set_conditions",
        "test_missing_condition",
        "error",
        showing({"Fn::If": ["MissingCondition", "a", "b"]}),
    ),
    (
        "test_change_set_fn_get_attr",
        "[getatt_validation.yml]",
        "error",
        showing({"Fn::GetAtt": ["A"]}),
    ),
    ("test_change_set_fn_get_attr", "[getatt_validation2.yml]", "error", showing({"Fn::GetAtt": ["A", ""]})),
    ("test_change_set_fn_select", "[non-integer-index]", "error", showing({"Fn::Select": ["a", ["1", "2"]]})),
    ("test_change_set_fn_select", "[non-list-list]", "error", showing({"Fn::Select": [0, "not a list"]})),
    ("test_change_set_fn_select", "[index-out-of-range]", "error", showing({"Fn::Select": [3, ["1", "2"]]})),
    ("test_change_set_fn_split", "test_validate_split_arguments_len", "validation", showing({"Fn::Split": ["a"]})),
    (
        "test_template_engine",
        "test_error_pass_macro_as_reference",
        "error",
        {"Resources": ONE, "Transform": {"Name": {"Ref": "Macro"}}},
    ),
]


@pytest.mark.parametrize(("file", "name", "key", "template"), WHOLE, ids=[one[1] for one in WHOLE])
def test_templates_that_are_refused(cloud: RunningCloud, file: str, name: str, key: str, template: Any) -> None:
    equal(refusal(cloud, template), aws(file, name)[key])


def test_templates_that_are_refused_by_their_size(cloud: RunningCloud) -> None:
    text = json.dumps({"Resources": ONE, "Description": "x" * 60_000})
    answer = refusal(cloud, text)
    equal(answer, aws("test_template_engine", "test_to_validate_template_limit_for_macro")["error_response"])
    many = {"Resources": {f"T{n}": TOPIC for n in range(501)}}
    assert "Number of resources, 501, is greater than maximum allowed, 500" in str(refusal(cloud, many))


def test_parameters_that_are_refused(cloud: RunningCloud) -> None:
    number = showing({"Ref": "Value"}, Parameters={"Value": {"Type": "Number"}})
    given = [{"ParameterKey": "Value", "ParameterValue": "not a number"}]
    answer = refusal(cloud, number, Parameters=given)
    equal(answer, aws("test_change_set_parameters", "test_invalid_parameter_type")["error"])
    client = cloud.client("cloudformation")
    unset = showing({"Ref": "Input"}, Parameters={"Input": {"Type": "String"}})
    request = {"StackName": "unset", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": json.dumps(unset)}
    ours = said(client.create_change_set, **request)
    assert ours == aws("api/test_stacks", "test_no_parameters_given")["deploy-error"]


def test_mappings_that_lack_a_key(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    for name, *path in (
        ("test_async_mapping_error_first_level_v2", "C", "Suffix"),
        ("test_async_mapping_error_second_level_v2", "A", "NotValid"),
    ):
        body = showing({"Fn::FindInMap": ["TopicSuffixMap", *path]}, Mappings=MAPPING)
        request = {"StackName": "mapped", "ChangeSetName": "c", "ChangeSetType": "CREATE"}
        ours = said(client.create_change_set, **request, TemplateBody=json.dumps(body))
        assert ours == aws("engine/test_mappings", name)["error"]


def test_names_that_are_refused(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    bad = {"Resources": {"my-bad-resource-id": TOPIC}}
    request = {"StackName": "names", "ChangeSetName": "c", "ChangeSetType": "CREATE"}
    ours = said(client.create_change_set, **request, TemplateBody=json.dumps(bad))
    assert ours == aws("api/test_resources", "test_invalid_logical_resource_id")["error"]
    ours = said(client.create_change_set, **request, TemplateBody=json.dumps({"Resources": {"Foo": {}}}))
    assert ours == aws("test_template_engine", "test_no_type")["error"]
    answer = answered(client.create_stack, StackName="*@da591fa3_$", TemplateBody=SIMPLE)
    equal(answer, aws("api/test_stacks", "test_stack_name_creation")["stack_response"])


def test_what_does_not_exist(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    stack = deploy(client, "exists", SIMPLE)
    ours = said(client.describe_stack_resource, StackName="not-a-valid-stack", LogicalResourceId="not-a-valid-resource")
    assert ours == aws("api/test_resources", "test_describe_non_existent_stack")["error"]
    ours = said(client.describe_stack_resource, StackName=stack["StackId"], LogicalResourceId="not-a-valid-resource")
    theirs = aws("api/test_resources", "test_describe_non_existent_resource")["error"]
    assert ours == theirs.replace("<stack-id>", stack["StackId"])
    ours = answered(client.describe_stack_resource, StackName="exists", LogicalResourceId="NonExistentResource")
    equal(ours, aws("api/test_stacks", "test_stack_resource_not_found")["Error"])
    ours = answered(client.describe_stack_events, StackName="does-not-exist")
    equal(ours, aws("api/test_stacks", "test_describe_stack_events_errors")["describe_stack_events_stack_not_found"])
    ours = said(client.describe_change_set, StackName="somestack", ChangeSetName="DoesNotExist")
    assert ours == aws("api/test_changesets", "test_describe_change_set_nonexisting")["exception"]
    theirs = aws("api/test_changesets", "test_delete_change_set_exception")
    equal(answered(client.delete_change_set, StackName="nostack", ChangeSetName="DoesNotExist"), theirs["e1"])
    equal(answered(client.delete_change_set, ChangeSetName="DoesNotExist"), theirs["e2"])
    theirs = aws("api/test_templates", "test_get_template_missing_resources")
    equal(answered(client.get_template, StackName="does-not-exist"), theirs["stack-error"])
    equal(answered(client.get_template, ChangeSetName="does-not-exist"), theirs["change-set-error"])
    gone = stack["StackId"].replace(":stack/", ":changeSet/")
    theirs = aws("api/test_templates", "test_get_template_missing_resources_change_set_id")["change-set-error"]
    equal(answered(client.get_template, ChangeSetName=gone), theirs)
    theirs = aws("api/test_templates", "test_get_template_no_arguments")["stack-error"]
    equal(answered(client.get_template), theirs)


# Stacks in every state -----------------------------------------------------------------------------------------------


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


def change_set(client: Any, stack: str, name: str = "initial", kind: str = "CREATE", body: str = SIMPLE) -> Any:
    return client.create_change_set(StackName=stack, ChangeSetName=name, ChangeSetType=kind, TemplateBody=body)


def execute(client: Any, made: Any, kind: str = "create") -> None:
    client.execute_change_set(ChangeSetName=made["Id"])
    client.get_waiter(f"stack_{kind}_complete").wait(StackName=made["StackId"], WaiterConfig=PATIENCE)


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


# Templates, and what is made of them ---------------------------------------------------------------------------------


def test_templates_are_given_back(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000112")
    for form in ("yaml", "json"):
        theirs = aws("api/test_stacks", f"test_get_template_using_create_stack[{form}]")
        body = theirs["template_original"]["TemplateBody"]
        deploy(client, form, body)
        for stage, key in (("Original", "template_original"), ("Processed", "template_processed")):
            equal(client.get_template(StackName=form, TemplateStage=stage), theirs[key])
        made = change_set(client, f"{form}-change", body=body if isinstance(body, str) else json.dumps(body))
        equal(client.get_template(ChangeSetName=made["Id"]), theirs["template_processed"])


def test_templates_are_summarised_and_validated(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000113")
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Metadata": {"TopicName": "sns-topic-simple"},
        "Resources": {"topic123": {**TOPIC, "Properties": {"TopicName": "sns-topic-simple"}}},
    }
    summary = client.get_template_summary(TemplateBody=json.dumps(body))
    theirs = aws("api/test_templates", "::test_get_template_summary")["template-summary"]
    assert json.loads(summary.pop("Metadata")) == {"TopicName": "sns-topic-simple"}
    theirs.pop("Metadata")
    equal(summary, theirs)
    ours = answered(client.get_template_summary, TemplateBody="{}")
    equal(ours, aws("api/test_templates", "test_get_template_summary_no_resources")["error"])
    key = {"Type": "String", "Description": "The EC2 Key Pair to allow SSH access to the instance"}
    text = json.dumps({"Parameters": {"KeyExample": key}, "Resources": {"A": TOPIC}})
    theirs = aws("api/test_templates", "test_validate_template")["validate-template"]
    equal(client.validate_template(TemplateBody=text), theirs)
    theirs = aws("api/test_templates", "test_validate_invalid_json_template_should_fail")["validate-invalid-json"]
    equal(answered(client.validate_template, TemplateBody='{"this is invalid JSON"="bobbins"}'), theirs)
    theirs = aws("api/test_templates", "test_create_stack_invalid_yaml_template_should_fail")["create-invalid-yaml"]
    # The recording leaves out where.
    text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n        TopicName: a\n      Other: b\n"
    ours = answered(client.create_stack, StackName="wrong", TemplateBody=text)
    ours["Error"]["Message"] = ours["Error"]["Message"].split(" (line 6, column 7)")[0]
    equal(ours, theirs)


def test_attributes_references_and_texts(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000114")
    topic = {**TOPIC, "Properties": {"TopicName": "a-topic"}}
    for attribute in ("TopicName", "TopicArn"):
        theirs = aws("api/test_reference_resolving", f"test_nested_getatt_ref[{attribute}]")["outputs"]
        body = out(
            {"Resources": {"MyTopic": topic}},
            {"Fn::GetAtt": ["MyTopic", "TopicArn"]},
            {"Fn::GetAtt": ["MyTopic", attribute]},
            {"Fn::GetAtt": ["MyTopic", "TopicName"]},
            {"Ref": "MyTopic"},
        )
        ours = outputs(deploy(client, f"nested-{attribute}", body))
        delete(client, f"nested-{attribute}")
        names = ("MyTopicArn", "MyTopicCustom", "MyTopicName", "MyTopicRef")
        equal(dict(zip(names, ours.values(), strict=True)), theirs)
    theirs = aws("api/test_reference_resolving", "test_sub_resolving")["outputs"]
    every = "${MyTopic.TopicName}|${MyTopic.TopicArn}|${MyTopic.TopicName}|${MyTopic}"
    mapped = ["${MyTopic.TopicName}|${MyTopic}|${Other}", {"Other": "something"}]
    ours = outputs(
        deploy(client, "sub", out({"Resources": {"MyTopic": topic}}, {"Fn::Sub": every}, {"Fn::Sub": mapped}))
    )
    equal({"a": ours["O1"], "b": ours["O2"]}, {"a": theirs["MyTopicSub"], "b": theirs["MyTopicSubWithMap"]})


def test_texts_with_numbers_and_nothing(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000115")
    nothing = {"Ref": "AWS::NoValue"}
    body = out(
        {"Resources": {"A": TOPIC}, "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}},
        {"Fn::Join": ["", [nothing]]},
        {"Fn::Join": [",", ["Sample", nothing]]},
        {"Fn::Join": [",", [{"Fn::If": ["Never", "a", nothing]}]]},
        {"Fn::Sub": ["my number is ${Number}", {"Number": 3}]},
        {"Fn::Select": [{"Fn::FindInMap": ["M", "A", "B"]}, ["false", "true"]]},
        {"Ref": "AWS::StackId"},
    )
    body["Mappings"] = {"M": {"A": {"B": "1"}}}
    stack = deploy(client, "texts", body)
    ours = outputs(stack)
    theirs = aws("test_template_engine", "test_join_no_value_construct")["join-output"]
    assert (ours["O1"], ours["O2"], ours["O3"]) == (
        theirs["JoinOnlyNoValue"],
        theirs["JoinWithNoValue"],
        theirs["JoinConditionalNoValue"],
    )
    theirs = aws("engine/test_references", "test_non_string_parameter_in_sub")["get-parameter-result"]
    assert ours["O4"] == theirs["Value"]
    theirs = aws("test_template_engine", "test_fn_select_has_intrinsic_function")["fn-select-fn-map-output"]
    assert ours["O5"] == theirs["ParameterValue"]
    assert ours["O6"] == stack["StackId"]


def test_loops_lengths_and_json(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000116")
    names = ["a", "b", "c"]
    topic = {**TOPIC, "Properties": {"TopicName": {"Fn::Sub": "${TopicName}-looped"}}}
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"pRepoARNs": {"Description": "ARN of SSO instance", "Type": "CommaDelimitedList"}},
        "Resources": {
            "Fn::ForEach::Topics": ["TopicName", {"Ref": "pRepoARNs"}, {"SnsTopic${TopicName}": topic}],
        },
    }
    given = [{"ParameterKey": "pRepoARNs", "ParameterValue": ",".join(names)}]
    request = {"Parameters": given, "Capabilities": ["CAPABILITY_AUTO_EXPAND"]}
    ours = answered(client.create_stack, StackName="loop", TemplateBody=json.dumps(body), Parameters=given)
    equal(ours, aws("test_template_engine", "test_capabilities_requirements")["error"])
    deploy(client, "loop", body, **request)
    theirs = aws("api/test_transformers", "test_transform_foreach")
    made = client.describe_stack_resources(StackName="loop")
    for one in (*made["StackResources"], *theirs["resources"]["StackResources"]):
        one["PhysicalResourceId"] = one["StackId"] = "<resource>"
    text = json.dumps(theirs["resources"])
    for index, name in enumerate(names):
        text = text.replace(f"SnsTopic<topic-name-{index}>", f"SnsTopic{name}")
    equal(made, json.loads(text))
    processed = client.get_template(StackName="loop")["TemplateBody"]
    assert sorted(processed["Resources"]) == ["SnsTopica", "SnsTopicb", "SnsTopicc"]
    assert processed["Parameters"] == theirs["transformed"]["Parameters"]
    assert "Transform" not in processed
    original = client.get_template(StackName="loop", TemplateStage="Original")["TemplateBody"]
    assert original == body

    body = showing(
        {"Fn::Length": {"Ref": "QueueList"}},
        Parameters={"QueueList": {"Type": "CommaDelimitedList", "Default": "a,b,c"}},
        Transform="AWS::LanguageExtensions",
    )
    deploy(client, "length", body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    processed = client.get_template(StackName="length")["TemplateBody"]
    theirs = aws("api/test_transformers", "test_transform_length")["transformed"]
    ours = processed["Resources"]["A"]["Properties"]["DisplayName"]
    assert ours == theirs["Resources"]["MyParameter"]["Properties"]["Value"]
    body = showing({"Fn::ToJsonString": ["a", "b", "c"]}, Transform="AWS::LanguageExtensions")
    deploy(client, "json", body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    theirs = aws("api/test_transformers", "test_transform_to_json_string")
    processed = client.get_template(StackName="json")["TemplateBody"]
    assert processed["Resources"]["A"]["Properties"]["DisplayName"] == theirs["array-value"]


def test_secrets_are_hidden_as_parameters_alone(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000117")
    body = {
        "Parameters": {
            "SecretParameter": {"Type": "String", "NoEcho": True},
            "SecretParameterWithDefault": {"Type": "String", "NoEcho": True, "Default": "x"},
            "NormalParameter": {"Type": "String", "Default": "Some default value here"},
        },
        "Resources": {
            "LocalBucket": {
                **TOPIC,
                "Metadata": {"SensitiveData": {"Ref": "SecretParameter"}},
                "Properties": {
                    "TopicName": "cfn-noecho-bucket",
                    "Tags": [{"Key": "SensitiveData", "Value": {"Ref": "SecretParameter"}}],
                },
            }
        },
        "Outputs": {"SecretValue": {"Description": "Secret value from parameter", "Value": {"Ref": "SecretParameter"}}},
    }
    theirs = json.loads(
        json.dumps(aws("api/test_stacks", "test_no_echo_parameter"))
        .replace("AWS::S3::Bucket", "AWS::SNS::Topic")
        .replace('"PhysicalResourceId": "cfn-noecho-bucket"', '"PhysicalResourceId": "<resource:9>"')
    )

    def parameters(value: str) -> list[dict[str, str]]:
        return [{"ParameterKey": "SecretParameter", "ParameterValue": value}]

    def check(name: str, ours: Any) -> None:
        for stack in (*ours.get("Stacks", ()), ours):
            stack.get("Parameters", []).sort(key=lambda one: one["ParameterKey"])
        for change in ours.get("Changes", ()):
            change["ResourceChange"]["Details"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        for change in theirs[name].get("Changes", ()):
            change["ResourceChange"]["Details"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        equal(ours, theirs[name], name)

    capabilities = theirs["describe_stacks"]["Stacks"][0]["Capabilities"]
    text = json.dumps(body)
    request = {"StackName": "secret", "TemplateBody": text, "Parameters": parameters("SecretValue")}
    made = client.create_change_set(**request, ChangeSetName="c", ChangeSetType="CREATE", Capabilities=capabilities)
    execute(client, made)
    check("describe_stacks", client.describe_stacks(StackName="secret"))
    detail = client.describe_stack_resource(StackName="secret", LogicalResourceId="LocalBucket")
    check("describe_stack_resource_details_LocalBucket", detail)
    request["Parameters"] = parameters("NewSecretValue1")
    client.update_stack(**request)
    client.get_waiter("stack_update_complete").wait(StackName="secret", WaiterConfig=PATIENCE)
    check("describe_updated_stacks", client.describe_stacks(StackName="secret"))
    request["Parameters"] = parameters("NewSecretValue2")
    made = client.create_change_set(**request, ChangeSetName="d")
    check("describe_updated_change_set", client.describe_change_set(ChangeSetName=made["Id"]))
    check("describe_updated_stacks_change_set", client.describe_stacks(StackName="secret"))
    request["TemplateBody"] = text.replace('"NoEcho": true}', '"NoEcho": false}', 1)
    made = client.create_change_set(**request, ChangeSetName="e")
    check("describe_updated_change_set_no_echo_true", client.describe_change_set(ChangeSetName=made["Id"]))


def test_updates_that_are_refused(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation", account="000000000118")
    body = json.dumps(showing({"Ref": "P"}, Parameters={"P": {"Type": "String", "Default": "1"}}))
    deploy(client, "update", body)
    request = {"StackName": "update", "UsePreviousTemplate": True}
    request["Parameters"] = [{"ParameterKey": "P", "ParameterValue": "2"}]
    theirs = aws("api/test_update_stack", "test_update_with_resource_types")
    for types, key in (("AWS::EC2:*", "invalid_type_error"), ("AWS::EC2::*", "resource_not_allowed")):
        equal(answered(client.update_stack, **request, ResourceTypes=[types]), theirs[key])
    theirs = aws("api/test_update_stack", "test_update_with_invalid_rollback_configuration_errors")
    triggers = [{"Arn": "a1b2c3d4", "Type": "Another"}]
    equal(
        answered(client.update_stack, **request, RollbackConfiguration={"RollbackTriggers": triggers}),
        theirs["type_error"],
    )
    triggers = [{"Arn": "arn:aws:cloudwatch:us-east-1:123456789012:example-name", "Type": "AWS::CloudWatch::Alarm"}]
    equal(
        answered(client.update_stack, **request, RollbackConfiguration={"RollbackTriggers": triggers}),
        theirs["arn_error"],
    )
    iam = cloud.client("iam", account="000000000118")
    trust = {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda"}}]}
    role = iam.create_role(RoleName="no-trust", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    theirs = aws("api/test_update_stack", "test_update_with_role_without_permissions")["error"]
    theirs["Error"]["Message"] = theirs["Error"]["Message"].replace("role-fb405076", "no-trust")
    equal(answered(client.update_stack, **request, RoleARN=role), theirs)
    changed = json.dumps({"Resources": {"A": {"Type": "AWS::Logs::LogGroup"}}})
    assert said(client.update_stack, StackName="update", TemplateBody=changed).endswith(
        "Update of resource type is not permitted. The new template modifies resource type of the following "
        "resources: [A]"
    )
    equal(
        client.update_stack(**request, ResourceTypes=["AWS::SNS::Topic"]),
        aws("api/test_update_stack", "test_basic_update")["update_response"],
    )
