"""CloudFormation beside the recorded answers of AWS: templates and requests that are refused.

Where a recording used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

import json
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import answered, equal
from tests.wire.stack_answers import (
    SIMPLE,
    TOPIC,
    aws,
    deploy,
    refusal,
    said,
    showing,
)

ONE = {"A": TOPIC}
MAPPING = {"TopicSuffixMap": {"A": {"Suffix": "a"}}}

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
    # The API reference's page of CreateStack: a name can't be longer than 128 characters.
    long = said(client.create_stack, StackName="a" * 129, TemplateBody=SIMPLE)
    assert "'stackName' failed to satisfy constraint: Member must have length less than or equal to 128" in str(long)


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
