"""What more recordings of change sets did: one expression in the place of another, or of a text."""

from typing import Any

from tests.wire.change_replays import (
    GET_ATT_1,
    JOIN,
    NAME_OF_FOO,
    ONE,
    SELECT,
    SPLIT,
    TWO,
    Replay,
    body,
    found,
    given,
    mapped,
    parameter,
    shown,
    topics,
    unnamed,
)

SUB = "Fn::Sub"
TEXT = "Parameter interpolation: "
THREE_PARTS = {JOIN: ["_", {SPLIT: ["-", "part1-part2-part3"]}]}
PARTS_OF_1 = {"DisplayName": {JOIN: ["_", {SPLIT: ["-", GET_ATT_1["DisplayName"]]}]}}
DISPLAYED = {"Parameters": {"ParameterDisplayName": {"Type": "String", "Default": "display-value-parameter"}}}
PSEUDO = {
    name: {"Ref": f"AWS::{name}"} for name in ("Partition", "AccountId", "Region", "StackName", "StackId", "URLSuffix")
}
CLOUD_FRONT = {"Map": {"aws": {"zoneId": "Z2FDTNDATAQYW2"}, "aws-cn": {"zoneId": "Z3RFFRIM2A3IF5"}}}


def parted(delimiter: str, text: str) -> dict[str, Any]:
    """A topic that shows the parts of a text."""
    return unnamed({JOIN: ["_", {SPLIT: [delimiter, text]}]})


def selected(index: int, *texts: str) -> dict[str, Any]:
    return unnamed({SELECT: [index, list(texts)]})


def of_partition(name: str) -> dict[str, Any]:
    """A topic that shows what a mapping has for the partition."""
    shows = {"DisplayName": found("Map", {"Ref": "AWS::Partition"}, "zoneId")}
    return body(topics(Topic1={"TopicName": name, **shows}), Mappings=CLOUD_FRONT)


def of_region(here: str, elsewhere: str) -> dict[str, Any]:
    mapping = {"Map": {"us-east-1": {"value": here}, "eu-west-1": {"value": elsewhere}}}
    return mapped(mapping, Topic1=found("Map", {"Ref": "AWS::Region"}, "value"))


def keyed(key: str) -> dict[str, Any]:
    """A topic whose name a mapping has, and one that shows it."""
    mapping = {"MyMap": {"MyKey": {"key1": "topic-name-1", "key2": "topic-name-2"}}}
    return body(topics(Foo={"TopicName": found("MyMap", "MyKey", key)}, Parameter=NAME_OF_FOO), Mappings=mapping)


REPLAYS: list[Replay] = [
    *(
        Replay("test_change_set_fn_select", f"test_fn_select_{name}", first, second)
        for name, first, second in (
            ("remove_from_static_property", selected(1, "1st", "2nd", "3rd"), unnamed("topic-name-1")),
            ("change_in_selection_list", selected(1, "1st", "2nd"), selected(1, "1st", "new-2nd", "3rd")),
            ("change_in_selection_index_only", selected(1, "1st", "2nd"), selected(0, "1st", "2nd")),
        )
    ),
    *(
        Replay("test_change_set_fn_split", f"test_fn_split_{name}", first, second)
        for name, first, second in (
            ("remove_from_static_property", unnamed(THREE_PARTS), unnamed("topic-name-1")),
            ("change_delimiter", parted("-", "a-b--c::d"), parted(":", "a-b--c::d")),
            ("change_source_string_only", parted("-", "a-b"), parted("-", "x-y-z")),
        )
    ),
    Replay(
        "test_change_set_fn_split",
        "test_fn_split_with_get_att",
        *(body(topics(Topic1={"DisplayName": f"topic-name-{n}"}, Topic2=PARTS_OF_1)) for n in (1, 2)),
    ),
    *(
        Replay("test_change_set_fn_base64", f"test_fn_base64_{name}_static_property", unnamed(first), unnamed(second))
        for name, first, second in (
            ("add_to", "topic-name-1", {"Fn::Base64": "HelloWorld"}),
            ("remove_from", {"Fn::Base64": "HelloWorld"}, "topic-name-1"),
        )
    ),
    *(
        Replay("test_change_set_fn_sub", f"test_fn_sub_{name}", shown(first), shown(second) | more)
        for name, first, second, more in (
            ("addition_string_pseudo", "display-value-1", {SUB: "The stack name is ${AWS::StackName}"}, {}),
            ("delete_string_pseudo", {SUB: "The stack name is ${AWS::StackName}"}, "display-name-2", {}),
            ("addition_parameter_literal", "display-value-1", {SUB: [TEXT + "${name}", {"name": "var_value"}]}, {}),
            (
                "delete_parameter_literal",
                {SUB: [TEXT + "${a}, ${b}", {"a": "var_value_1", "b": "var_value_2"}]},
                {SUB: [TEXT + "${a}", {"a": "var_value_1"}]},
                {},
            ),
            (
                "addition_parameter_ref",
                "display-value-1",
                {SUB: [TEXT + "${name}", {"name": {"Ref": "ParameterDisplayName"}}]},
                DISPLAYED,
            ),
        )
    ),
    Replay(
        "test_change_set_fn_sub",
        "test_fn_sub_update_parameter_type",
        shown({SUB: [TEXT + "${name}", {"name": found("Map", "Key1", "Val")}]})
        | {"Mappings": {"Map": {"Key1": {"Val": "display-value-1"}}}},
        shown({SUB: [TEXT + "${name}", {"name": {"Ref": "ParameterDisplayName"}}]}) | DISPLAYED,
    ),
    Replay(
        "test_change_set_fn_join",
        "test_indirect_update_refence_argument",
        *(
            body(
                topics(
                    Topic1={**ONE, "DisplayName": f"display-name-{n}"},
                    Topic2={**TWO, "DisplayName": {JOIN: ["-", ["prefix", GET_ATT_1["DisplayName"]]]}},
                )
            )
            for n in (1, 2)
        ),
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_key_deletion_with_resource_remap",
        mapped(
            {"A": {"B": {"C": "display-value-1"}, "N": {"C": "display-value-2"}}},
            Topic1=found("A", "B", "C"),
            Topic2=found("A", "N", "C"),
        ),
        mapped({"A": {"B": {"C": "display-value-1"}}}, Topic1=found("A", "B", "C"), Topic2=found("A", "B", "C")),
    ),
    Replay(
        "test_change_set_mappings",
        "test_fn_find_in_map_with_nested_ref",
        of_partition("topic-name-1"),
        of_partition("topic-name-1-updated"),
    ),
    Replay(
        "test_change_set_mappings",
        "test_fn_find_in_map_with_nested_ref_change_mapping",
        of_region("value-1", "value-2"),
        of_region("value-3", "value-4"),
    ),
    Replay(
        "test_change_set_parameters",
        "test_update_parameter_default_value_with_dynamic_overrides",
        parameter(Type="String", Default="default-value-1"),
        parameter(Type="String", Default="default-value-2"),
        {"TopicName": "topic-name-1"},
        {"TopicName": "topic-name-2"},
    ),
    Replay(
        "test_change_set_ref",
        "test_supported_pseudo_parameter",
        body(topics(Topic1={"TopicName": "topic_name_1"})),
        body(
            topics(
                Topic2={
                    "TopicName": "topic_name_2",
                    "Tags": [{"Key": key, "Value": ref} for key, ref in PSEUDO.items()],
                }
            )
        ),
    ),
    Replay(
        "test_change_set_depends_on",
        "test_update_depended_resource_list",
        *(
            body(
                topics(
                    Topic1={**ONE, "DisplayName": text},
                    Topic2={**TWO, "DisplayName": "display-value-2", "_DependsOn": ["Topic1"]},
                )
            )
            for text in ("display-value-1", "display-value-1-updated")
        ),
    ),
    Replay("test_change_sets", "test_mappings_with_static_fields", keyed("key1"), keyed("key2")),
    Replay(
        "test_change_sets",
        "test_base_mapping_scenarios[update_string_referencing_resource]",
        *(
            body(
                topics(MySSMParameter={"DisplayName": found("Map", "EnvironmentA", "ParameterValue")}),
                Mappings={"Map": {"EnvironmentA": {"ParameterValue": text}}},
            )
            for text in ("value-1", "value-2")
        ),
    ),
    given(
        "[change_parameter_for_condition_create_resource]",
        body(
            topics(
                SSMParameter1={"DisplayName": "first"},
                SSMParameter2={"DisplayName": "first", "_Condition": "ShouldCreateParameter"},
            ),
            Parameters={
                "ParameterValue": {"Type": "String", "Default": "value-1", "AllowedValues": ["value-1", "value-2"]}
            },
            Conditions={"ShouldCreateParameter": {"Fn::Equals": [{"Ref": "ParameterValue"}, "value-2"]}},
        ),
        {"ParameterValue": "value-1"},
        {"ParameterValue": "value-2"},
    ),
]
