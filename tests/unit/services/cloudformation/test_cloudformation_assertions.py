"""The Rules section of templates.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from typing import Any

import pytest

from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation import assertions
from stratolite.services.cloudformation.yaml_reader import read

PSEUDO = {"AWS::Region": "us-east-1"}
SUBNET, SUBNETS = "AWS::EC2::Subnet::Id", "List<AWS::EC2::Subnet::Id>"
DECLARED = {
    "Size": {"Type": "String"},
    "Tags": {"Type": "CommaDelimitedList"},
    "S": {"Type": SUBNET},
    "L": {"Type": SUBNETS},
}
VALUES = {"Size": "small", "Tags": ["a", "b"], "S": "subnet-1", "L": ["subnet-2", "subnet-3"]}


def violated(rule: dict[str, Any]) -> str:
    """Why a rule does not hold; empty when it does."""
    try:
        assertions.uphold({"Parameters": DECLARED, "Rules": {"R": rule}}, VALUES, PSEUDO)
    except ValidationError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, True),
        ({"Fn::Equals": [{"Ref": "Size"}, "large"]}, False),
        ({"Fn::Contains": [["small", "medium"], {"Ref": "Size"}]}, True),
        ({"Fn::Contains": [{"Ref": "Tags"}, "c"]}, False),
        ({"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "Size"}]}]}, True),
        ({"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Or": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}]}, True),
        ({"Fn::EachMemberEquals": [{"Ref": "Tags"}, "a"]}, False),
        ({"Fn::EachMemberEquals": [["a", "a"], "a"]}, True),
        ({"Fn::EachMemberIn": [{"Ref": "Tags"}, ["a", "b", "c"]]}, True),
        ({"Fn::EachMemberIn": [{"Ref": "Tags"}, ["a"]]}, False),
        ({"Fn::EachMemberIn": [{"Fn::RefAll": SUBNET}, ["subnet-1", "subnet-2", "subnet-3"]]}, True),
        ({"Fn::EachMemberIn": [{"Fn::RefAll": SUBNET}, ["subnet-1", "subnet-2"]]}, False),
    ],
)
def test_functions_of_rules(assertion: dict[str, Any], holds: bool) -> None:
    assert (violated({"Assertions": [{"Assert": assertion}]}) == "") is holds


def test_condition_decides_whether_a_rule_takes_effect() -> None:
    rule = {"Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}, "AssertDescription": "a is b"}]}
    assert violated({**rule, "RuleCondition": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}) == ""
    said = "Template error: the following rules are violated: [R: a is b]"
    assert violated({**rule, "RuleCondition": {"Fn::Equals": [{"Ref": "Size"}, "small"]}}) == said


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        (True, "must be a function of rules"),
        ({"Condition": "C"}, "Condition is none"),
        ({"Fn::If": ["C", True, False]}, "Fn::If is none"),
        ({"Fn::And": [{"Fn::Equals": ["a", "a"]}]}, "at least 2"),
        ({"Fn::Not": "x"}, "one element"),
        ({"Fn::Contains": ["a"]}, "a list of 2 parameters"),
        ({"Fn::Contains": ["a", "a"]}, "requires a list of strings"),
        ({"Fn::Equals": [{"Ref": "Bucket"}, "a"]}, "Unresolved dependencies [Bucket]"),
        ({"Fn::Equals": [{"Ref": ["Size"]}, "a"]}, "Unresolved dependencies"),
        ({"Fn::Equals": [{"Fn::Sub": "a"}, "a"]}, "Fn::Sub cannot stand in a rule"),
    ],
)
def test_what_rules_cannot_say(assertion: Any, said: str) -> None:
    assert said in violated({"Assertions": [{"Assert": assertion}]})


def test_what_asks_networks_is_refused_by_name() -> None:
    rule = {"Assertions": [{"Assert": {"Fn::Equals": [{"Fn::ValueOf": ["S", "VpcId"]}, "vpc-1"]}}]}
    with pytest.raises(NotImplementedHere, match="Fn::ValueOf"):
        assertions.uphold({"Parameters": DECLARED, "Rules": {"R": rule}}, VALUES, PSEUDO)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ([], "Rules section must be a map"),
        ({"R": {}}, "Rule R needs Assertions"),
        ({"R": {"Assertions": [], "Condition": "C"}}, "Rule R needs Assertions"),
        ({"R": {"Assertions": [{}]}}, "Every assertion of rule R needs an Assert"),
    ],
)
def test_rules_that_are_none(section: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        assertions.check(section)


def test_functions_of_rules_have_short_forms() -> None:
    written = "{Assert: !Not [!Contains [!Ref Tags, '']]}, {Assert: !EachMemberIn [!RefAll x, []]}"
    found = read(f"Rules: {{R: {{Assertions: [{written}]}}}}")["Rules"]["R"]["Assertions"]
    assert found[0]["Assert"] == {"Fn::Not": [{"Fn::Contains": [{"Ref": "Tags"}, ""]}]}
    assert found[1]["Assert"] == {"Fn::EachMemberIn": [{"Fn::RefAll": "x"}, []]}
