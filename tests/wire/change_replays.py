"""What the recordings of change sets did: from which template to which, with which parameters.

Where they used ``AWS::SSM::Parameter``, a topic stands for it here.
"""

from dataclasses import dataclass, field
from typing import Any

Resources = dict[str, dict[str, Any]]


def topics(**named: dict[str, Any]) -> Resources:
    """Topics by logical id: ``Topic1={"TopicName": "topic-name-1"}``. ``_`` begins what is no property."""
    result = {}
    for logical_id, members in named.items():
        properties = {key: value for key, value in members.items() if key[0] != "_"}
        more = {key[1:]: value for key, value in members.items() if key[0] == "_"}
        result[logical_id] = {"Type": "AWS::SNS::Topic", "Properties": properties, **more}
    return result


def body(resources: Resources, **sections: Any) -> dict[str, Any]:
    return {"Resources": resources, **sections}


ONE = {"TopicName": "topic-name-1"}
TWO = {"TopicName": "topic-name-2"}
GET_ATT_1 = {"DisplayName": {"Fn::GetAtt": ["Topic1", "DisplayName"]}}
GET_ATT_2 = {"DisplayName": {"Fn::GetAtt": ["Topic2", "DisplayName"]}}
REF_1 = {"DisplayName": {"Ref": "Topic1"}}
REF_2 = {"DisplayName": {"Ref": "Topic2"}}


def shown(text: Any) -> dict[str, Any]:
    """One topic that shows a text."""
    return body(topics(Topic1={**ONE, "DisplayName": text}))


def unnamed(text: Any) -> dict[str, Any]:
    return body(topics(Topic1={"DisplayName": text}))


def mapped(mappings: dict[str, Any], **texts: Any) -> dict[str, Any]:
    """Topics that show what a mapping has."""
    resources = topics(
        **{name: {"TopicName": f"topic-name-{name[-1]}", "DisplayName": text} for name, text in texts.items()}
    )
    return body(resources, Mappings=mappings)


def found(*path: Any) -> dict[str, Any]:
    return {"Fn::FindInMap": list(path)}


def chained(first: str) -> dict[str, Any]:
    """A topic, and one that shows what the first one shows."""
    return body(topics(Topic1={**ONE, "DisplayName": first}, Topic2={**TWO, **GET_ATT_1}))


def parameter(**declaration: Any) -> dict[str, Any]:
    return body(topics(Foo={"TopicName": {"Ref": "TopicName"}}), Parameters={"TopicName": declaration})


@dataclass(frozen=True)
class Replay:
    """What a recording did: where it stands, the two templates, and the parameters that came with each."""

    file: str
    entry: str
    first: dict[str, Any]
    second: dict[str, Any]
    given_first: dict[str, str] = field(default_factory=dict)
    given_second: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.file.removeprefix('test_')}-{self.entry.removeprefix('test_')}"


JOIN = "Fn::Join"
SELECT = "Fn::Select"
SPLIT = "Fn::Split"
KEPT = {"A": {"B": "display-value-1"}}
NAMED = {"Parameters": {"ParameterDisplayName": {"Type": "String"}}}
NAME_OF_FOO = {"DisplayName": {"Fn::GetAtt": ["Foo", "TopicName"]}}
NESTED = {"Map": {"prod": {"aws": "prod-aws-value"}, "dev": {"aws": "dev-aws-value"}}}
NTH = {"TopicName": "topic-name-n", "DisplayName": "display-value-n"}
IS_IT = {"CreateTopic": {"Fn::Equals": ["true", "true"]}}
IS_IT_NOT = {"CreateTopic": {"Fn::Equals": ["true", "false"]}}
ORDERED = topics(
    Dummy={"DisplayName": "dummy"},
    A={"DisplayName": "root", "_DependsOn": ["Dummy"]},
    B={"DisplayName": {"Ref": "A"}},
    C={"DisplayName": {"Ref": "B"}},
)


def by_environment(default: str) -> dict[str, Any]:
    """A topic that shows what a mapping has for the value of a parameter."""
    path = [{"Ref": "Environment"}, {JOIN: ["", [{"Ref": "AWS::Partition"}]]}]
    parameters = {"Environment": {"Type": "String", "Default": default}}
    return mapped(NESTED, Topic1=found("Map", *path)) | {"Parameters": parameters}


def given(entry: str, template: dict[str, Any], first: dict[str, str], second: dict[str, str]) -> Replay:
    """One template, deployed with parameters and then with others."""
    return Replay("test_change_sets", entry, template, template, first, second)


REPLAYS: list[Replay] = [
    Replay(
        "test_change_set_fn_get_attr",
        "test_resource_addition",
        shown("display-value-1"),
        chained("display-value-1"),
    ),
    Replay(
        "test_change_set_fn_get_attr",
        "test_resource_deletion",
        chained("display-value-1"),
        shown("display-value-1"),
    ),
    Replay(
        "test_change_set_fn_get_attr",
        "test_direct_attribute_value_change",
        chained("display-value-1"),
        chained("display-value-2"),
    ),
    Replay(
        "test_change_set_fn_get_attr",
        "test_direct_attribute_value_change_in_get_attr_chain",
        *(
            body(
                topics(
                    Topic1={**ONE, "DisplayName": f"display-value-{n}"},
                    Topic2={**TWO, **GET_ATT_1},
                    Topic3={"TopicName": "topic-name-3", **GET_ATT_2},
                )
            )
            for n in (1, 2)
        ),
    ),
    Replay(
        "test_change_set_fn_get_attr",
        "test_direct_attribute_value_change_with_dependent_addition",
        shown("display-value-1"),
        chained("display-value-2"),
    ),
    Replay(
        "test_change_set_fn_get_attr",
        "test_immutable_property_update_causes_resource_replacement",
        chained("value"),
        body(
            topics(
                Topic1={"TopicName": "updated-topic-name-1", "DisplayName": "new_value"}, Topic2={**TWO, **GET_ATT_1}
            )
        ),
    ),
    Replay(
        "test_change_set_ref",
        "test_resource_addition",
        shown("display-value-1"),
        body(topics(Topic1={**ONE, "DisplayName": "display-value-1"}, Topic2={**TWO, **REF_1})),
    ),
    Replay(
        "test_change_set_ref",
        "test_direct_attribute_value_change",
        *(body(topics(Topic1={**ONE, "DisplayName": f"display-value-{n}"}, Topic2={**TWO, **REF_1})) for n in (1, 2)),
    ),
    Replay(
        "test_change_set_ref",
        "test_direct_attribute_value_change_in_ref_chain",
        *(
            body(
                topics(
                    Topic1={**ONE, "DisplayName": f"display-value-{n}"},
                    Topic2={**TWO, **REF_1},
                    Topic3={"TopicName": "topic-name-3", **REF_2},
                )
            )
            for n in (1, 2)
        ),
    ),
    Replay(
        "test_change_set_ref",
        "test_direct_attribute_value_change_with_dependent_addition",
        shown("display-value-1"),
        body(topics(Topic1={**ONE, "DisplayName": "display-value-2"}, Topic2={**TWO, **REF_1})),
    ),
    Replay(
        "test_change_set_ref",
        "test_immutable_property_update_causes_resource_replacement",
        body(topics(Topic1={**ONE, "DisplayName": "value"}, Topic2={**TWO, **REF_1})),
        body(topics(Topic1={"TopicName": "updated-topic-name-1", "DisplayName": "new_value"}, Topic2={**TWO, **REF_1})),
    ),
    Replay(
        "test_change_set_fn_join",
        "test_update_string_literal_argument",
        shown({JOIN: ["-", ["v1", "test"]]}),
        shown({JOIN: ["-", ["v2", "test"]]}),
    ),
    Replay(
        "test_change_set_fn_join",
        "test_update_string_literal_delimiter",
        shown({JOIN: ["-", ["v1", "test"]]}),
        shown({JOIN: ["_", ["v2", "test"]]}),
    ),
    Replay(
        "test_change_set_fn_join",
        "test_update_refence_argument",
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
        "test_change_set_fn_join",
        "test_update_string_literal_delimiter_empty",
        shown({JOIN: ["", ["v1", "test"]]}),
        shown({JOIN: ["-", ["v1", "test"]]}),
    ),
    Replay(
        "test_change_set_fn_join",
        "test_update_string_literal_arguments_empty",
        shown({JOIN: ["", ["", ""]]}),
        shown({JOIN: ["", ["v1", "test"]]}),
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_leaf_update",
        mapped(KEPT, Topic1=found("A", "B", "C")) | {"Mappings": {"A": {"B": {"C": "display-value-1"}}}},
        mapped(KEPT, Topic1=found("A", "B", "C")) | {"Mappings": {"A": {"B": {"C": "display-value-2"}}}},
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_key_update",
        mapped({"A": {"B": {"C": "display-value-1"}}}, Topic1=found("A", "B", "C")),
        mapped({"A": {"B": {"D": "display-value-2"}}}, Topic1=found("A", "B", "D")),
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_addition_with_resource",
        mapped({"A": {"B": {"C": "display-value-1"}}}, Topic1=found("A", "B", "C")),
        mapped(
            {"A": {"B": {"C": "display-value-1"}}, "N": {"B": {"C": "display-value-new"}}},
            Topic1=found("A", "B", "C"),
            Topic2=found("N", "B", "C"),
        ),
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_deletion_with_resource_remap",
        mapped(
            {"A": {"B": {"C": "display-value-1"}}, "N": {"B": {"C": "display-value-new"}}},
            Topic1=found("A", "B", "C"),
            Topic2=found("N", "B", "C"),
        ),
        mapped({"A": {"B": {"C": "display-value-1"}}}, Topic1=found("A", "B", "C"), Topic2=found("A", "B", "C")),
    ),
    Replay(
        "test_change_set_mappings",
        "test_fn_find_in_map_with_multiple_nested_functions",
        by_environment("prod"),
        by_environment("dev"),
    ),
    Replay(
        "test_change_set_mappings",
        "test_mapping_key_addition_with_resource",
        mapped({"A": {"B": {"C": "display-value-1"}}}, Topic1=found("A", "B", "C")),
        mapped(
            {"A": {"B": {"C": "display-value-1", "N": "display-value-new"}}},
            Topic1=found("A", "B", "C"),
            Topic2=found("A", "B", "N"),
        ),
    ),
    Replay(
        "test_change_set_depends_on",
        "test_multiple_dependencies_addition",
        body(topics(Topic1={**ONE, "DisplayName": "display-value-1"}, Topicn={**NTH, "_DependsOn": ["Topic1"]})),
        body(
            topics(
                Topic1={**ONE, "DisplayName": "display-value-1"},
                Topic2={**TWO, "DisplayName": "display-value-2", "_DependsOn": ["Topic1"]},
                Topicn={**NTH, "_DependsOn": ["Topic1", "Topic2"]},
            )
        ),
    ),
    Replay(
        "test_change_set_conditions",
        "test_condition_update_removes_resource",
        body(topics(SNSTopic={**ONE, "_Condition": "CreateTopic"}), Conditions=IS_IT),
        body(topics(SNSTopic={**ONE, "_Condition": "CreateTopic"}, TopicPlaceholder=TWO), Conditions=IS_IT_NOT),
    ),
    Replay(
        "test_change_set_conditions",
        "test_condition_update_adds_resource",
        body(topics(SNSTopic={**ONE, "_Condition": "CreateTopic"}, TopicPlaceholder=TWO), Conditions=IS_IT_NOT),
        body(topics(SNSTopic={**ONE, "_Condition": "CreateTopic"}, TopicPlaceholder=TWO), Conditions=IS_IT),
    ),
    Replay(
        "test_change_set_conditions",
        "test_condition_add_new_negative_condition_to_existent_resource",
        body(topics(SNSTopic=ONE)),
        body(topics(SNSTopic={**ONE, "_Condition": "CreateTopic"}, TopicPlaceholder=TWO), Conditions=IS_IT_NOT),
    ),
    Replay(
        "test_change_set_conditions",
        "test_condition_add_new_positive_condition_to_existent_resource",
        body(topics(SNSTopic1=ONE)),
        body(topics(SNSTopic1={**ONE, "_Condition": "CreateTopic"}, SNSTopic2=TWO), Conditions=IS_IT),
    ),
    Replay(
        "test_change_set_depends_on",
        "test_update_depended_resource",
        *(
            body(
                topics(
                    Topic1={**ONE, "DisplayName": text},
                    Topic2={**TWO, "DisplayName": "display-value-2", "_DependsOn": "Topic1"},
                )
            )
            for text in ("display-value-1", "display-value-1-updated")
        ),
    ),
    Replay(
        "test_change_set_depends_on",
        "test_multiple_dependencies_deletion",
        body(
            topics(
                Topic1={**ONE, "DisplayName": "display-value-1"},
                Topic2={**TWO, "DisplayName": "display-value-2"},
                Topicn={**NTH, "_DependsOn": ["Topic1", "Topic2"]},
            )
        ),
        body(
            topics(
                Topic1={**ONE, "DisplayName": "display-value-1"},
                Topicn={**NTH, "_DependsOn": ["Topic1"]},
            )
        ),
    ),
    *(
        Replay(
            "test_change_set_parameters",
            name,
            parameter(Type="String", **first),
            parameter(Type="String", **second),
            given_first,
            given_second,
        )
        for name, first, second, given_first, given_second in (
            ("test_update_parameter_default_value", {"Default": "topic-name-1"}, {"Default": "topic-name-2"}, {}, {}),
            (
                "test_update_parameter_with_added_default_value",
                {},
                {"Default": "topic-name-2"},
                {"TopicName": "topic-name-1"},
                {},
            ),
            (
                "test_update_parameter_with_removed_default_value",
                {"Default": "topic-name-1"},
                {},
                {},
                {"TopicName": "topic-name-2"},
            ),
        )
    ),
    Replay(
        "test_change_set_fn_select",
        "test_fn_select_add_to_static_property",
        unnamed("topic-name-1"),
        unnamed({SELECT: [1, ["1st", "2nd", "3rd"]]}),
    ),
    Replay(
        "test_change_set_fn_select",
        "test_fn_select_change_in_selected_element_type_ref",
        unnamed({SELECT: [0, ["1st"]]}),
        unnamed({SELECT: [0, [{"Ref": "AWS::StackName"}]]}),
    ),
    Replay(
        "test_change_set_fn_select",
        "test_fn_select_change_get_att_reference",
        *(
            body(
                topics(
                    Topic1={"DisplayName": f"topic-name-{n}"},
                    Topic2={"DisplayName": {SELECT: [0, [GET_ATT_1["DisplayName"]]]}},
                )
            )
            for n in (1, 2)
        ),
    ),
    Replay(
        "test_change_set_fn_split",
        "test_fn_split_add_to_static_property",
        unnamed("topic-name-1"),
        unnamed({JOIN: ["_", {SPLIT: ["-", "part1-part2-part3"]}]}),
    ),
    Replay(
        "test_change_set_fn_split",
        "test_fn_split_with_ref_as_string_source",
        *(
            unnamed({JOIN: ["_", {SPLIT: ["-", {"Ref": "DelimiterParam"}]}]})
            | {"Parameters": {"DelimiterParam": {"Type": "String", "Default": text}}}
            for text in ("hello-world", "foo-bar-baz")
        ),
    ),
    Replay(
        "test_change_set_fn_base64",
        "test_fn_base64_change_input_string",
        unnamed({"Fn::Base64": "OldValue"}),
        unnamed({"Fn::Base64": "NewValue"}),
    ),
    Replay(
        "test_change_set_fn_sub",
        "test_fn_sub_update_string_pseudo",
        shown({"Fn::Sub": "The stack name is ${AWS::StackName}"}),
        shown({"Fn::Sub": "The region name is ${AWS::Region}"}),
    ),
    Replay(
        "test_change_set_fn_sub",
        "test_fn_sub_update_parameter_literal",
        shown({"Fn::Sub": ["Parameter interpolation: ${name}", {"name": "var_value_1"}]}),
        shown({"Fn::Sub": ["Parameter interpolation: ${a}, ${b}", {"a": "var_value_1", "b": "var_value_2"}]}),
    ),
    Replay(
        "test_change_set_fn_sub",
        "test_fn_sub_addition_parameter",
        shown("display-value-1"),
        shown({"Fn::Sub": "Parameter interpolation: ${ParameterDisplayName}"})
        | {"Parameters": {"ParameterDisplayName": {"Type": "String", "Default": "display-value-parameter"}}},
    ),
    Replay(
        "test_change_sets",
        "test_direct_update",
        body(topics(Foo={"TopicName": "topic-1"})),
        body(topics(Foo={"TopicName": "topic-2"})),
    ),
    Replay(
        "test_change_sets",
        "test_dynamic_update",
        body(topics(Foo={"TopicName": "topic-1"}, Parameter=NAME_OF_FOO)),
        body(topics(Foo={"TopicName": "topic-2"}, Parameter=NAME_OF_FOO)),
    ),
    given(
        "test_parameter_changes",
        body(
            topics(Foo={"TopicName": {"Ref": "TopicName"}}, Parameter=NAME_OF_FOO),
            Parameters={"TopicName": {"Type": "String"}},
        ),
        {"TopicName": "topic-1"},
        {"TopicName": "topic-2"},
    ),
    given(
        "test_mappings_with_parameter_lookup",
        body(
            topics(Foo={"TopicName": found("MyMap", "MyKey", {"Ref": "TopicName"})}, Parameter=NAME_OF_FOO),
            Parameters={"TopicName": {"Type": "String"}},
            Mappings={"MyMap": {"MyKey": {"key1": "topic-name-1", "key2": "topic-name-2"}}},
        ),
        {"TopicName": "key1"},
        {"TopicName": "key2"},
    ),
    given(
        "[change_dynamic]",
        body(
            topics(Parameter={"DisplayName": {"Ref": "ParameterValue"}}),
            Parameters={"ParameterValue": {"Type": "String"}},
        ),
        {"ParameterValue": "value-1"},
        {"ParameterValue": "value-2"},
    ),
    Replay(
        "test_change_sets",
        "test_unrelated_changes_update_propagation",
        *(
            body(
                topics(
                    Parameter1={"DisplayName": "topic-name", "KmsMasterKeyId": text},
                    Parameter2={"DisplayName": {"Fn::GetAtt": ["Parameter1", "DisplayName"]}},
                )
            )
            for text in ("original", "changed")
        ),
    ),
    Replay(
        "test_change_sets",
        "test_unrelated_changes_requires_replacement",
        *(
            body(
                topics(
                    Parameter1={"DisplayName": "value", "TopicName": name},
                    Parameter2={"DisplayName": {"Fn::GetAtt": ["Parameter1", "DisplayName"]}},
                )
            )
            for name in ("parameter-1-name", "parameter-2-name")
        ),
    ),
    *(
        Replay(
            "api/test_stacks",
            f"test_stack_deletion_order[{'-'.join(gone)}]",
            body(ORDERED),
            body({name: one for name, one in ORDERED.items() if name not in gone}),
        )
        for gone in (["C"], ["B", "C"], ["A", "B", "C"])
    ),
]
