"""Expressions: grammar, the order of errors, what conditions mean, what updates do.

Texts of errors: recordings of us-east-1 and the developer guide's chapter on expressions.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.dynamodb.expressions import evaluate, parser, update
from stratolite.services.dynamodb.expressions.binding import Binding
from stratolite.services.dynamodb.expressions.grammar import OPERATORS_MAX
from stratolite.services.dynamodb.expressions.lexer import EXPRESSION_BYTES_MAX
from stratolite.services.dynamodb.expressions.words import RESERVED_WORDS

OPERAND_TYPE = "Incorrect operand type for operator or function; "
TYPE_SET = ", typeSet: ALLOWED_FOR_ADD_OPERAND"
TOO_MANY = f"The expression contains too many operators; operator count: {OPERATORS_MAX + 1}"
USED_THIS_WAY = "The function is not allowed to be used this way in an expression; function: "
VALUES: dict[str, Any] = {
    ":s": {"S": "abc"},
    ":t": {"S": "b"},
    ":n": {"N": "5"},
    ":m": {"N": "7"},
    ":l": {"L": [{"S": "x"}]},
    ":ss": {"SS": ["a", "b"]},
    ":sa": {"SS": ["a"]},
    ":type": {"S": "SS"},
    ":null": {"NULL": True},
    ":true": {"BOOL": True},
}
ITEM: dict[str, Any] = {
    "s": {"S": "abc"},
    "n": {"N": "6"},
    "set": {"SS": ["b", "a"]},
    "l": {"L": [{"N": "1"}, {"M": {"deep": {"S": "b"}}}]},
    "b": {"B": "YWJj"},
}


def holds(text: str, names: dict[str, str] | None = None) -> bool:
    binding = Binding(names, VALUES)
    return binding.condition("ConditionExpression", text).test(ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "s = :s",
        "n BETWEEN :n AND :m",
        "n > :n AND n < :m",
        "NOT n = :n",
        "NOT NOT n <> :n",
        "absent <> :n",
        "#set = :ss",
        "s IN (:t, :s)",
        "begins_with(s, :t) OR contains(s, :t)",
        "contains(#set, :t)",
        "attribute_exists(l[1].deep) and attribute_not_exists(l[2])",
        "attribute_type(#set, :type)",
        "size(s) < :n",
        "(n = :n OR s = :s) AND n > :n",
        "n = :n OR s = :s AND n > :n",
        "l[1].deep = :t",
        "(l[1]).deep = :t",
        ":n < n",
    ],
)
def test_conditions_that_hold(text: str) -> None:
    assert holds(text, {"#set": "set"} if "#set" in text else None)


@pytest.mark.parametrize("text", ["s = :n", "s < :n", "absent = elsewhere", "absent < :n", "size(n) = :n", "b = :s"])
def test_conditions_that_do_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("a = :s b", 'Syntax error; token: "b", near: ":s b"'),
        ("a = ! :s", 'Syntax error; token: "!", near: "= ! :s"'),
        ("((a = :s))", "The expression has redundant parentheses;"),
        ("abort = :s", "Attribute name is a reserved keyword; reserved keyword: abort"),
        ("#a = :s", "An expression attribute name used in the document path is not defined; attribute name: #a"),
        ("a = :zz", "An expression attribute value used in expression is not defined; attribute value: :zz"),
        ("foo(a)", "Invalid function name; function: foo"),
        (
            "size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "contains(a, :s) = :s",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        (
            "attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; "
            "operator or function: attribute_exists, number of operands: 2",
        ),
        (
            "attribute_exists(:s)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "begins_with(a, :n)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "attribute_type(a, :s)",
            "Invalid attribute type name found; type: abc, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "contains(x, x)",
            "The first operand must be distinct from the remaining operands for this operator or function; "
            "operator: contains, first operand: [x]",
        ),
        (
            "a BETWEEN :m AND :n",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {N:7}, upper bound operand: AttributeValue: {N:5}",
        ),
        (
            "a BETWEEN :s AND :n",
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {S:abc}, upper bound operand: AttributeValue: {N:5}",
        ),
        (
            "a BETWEEN :null AND :n",
            "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: NULL",
        ),
    ],
)
def test_refused_conditions(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        Binding(None, VALUES).condition("FilterExpression", text)
    assert refused.value.message == f"Invalid FilterExpression: {message}"


def test_faults_have_an_order() -> None:
    # Parentheses are reported before unknown functions, these before reserved words, those before undefined values.
    text = "((abort = :zz)) AND foo(a)"
    for expected, repaired in (
        ("redundant parentheses", "(abort = :zz) AND foo(a)"),
        ("Invalid function name", "(abort = :zz) AND a = :s"),
        ("reserved keyword", "(x = :zz) AND a = :s"),
        ("not defined", ""),
    ):
        with pytest.raises(ValidationException, match=expected):
            Binding(None, VALUES).condition("ConditionExpression", text)
        text = repaired


def test_placeholders_that_nothing_uses_are_refused() -> None:
    binding = Binding({"#a": "a", "#b": "b"}, {":a": {"S": "a"}, ":b": {"S": "b"}})
    binding.condition("ConditionExpression", "#a = :a AND #b = :a")
    with pytest.raises(ValidationException) as refused:
        binding.end()
    expected = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}"
    assert refused.value.message == expected


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        ({"a": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        (None, {"b": {"S": "a"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"'),
        (
            None,
            {":b": {"N": ""}},
            "ExpressionAttributeValues contains invalid value: "
            "The parameter cannot be converted to a numeric value for key :b",
        ),
    ],
)
def test_refused_placeholders(names: Any, values: Any, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        Binding(names, values)
    assert refused.value.message == message


def updated(text: str) -> dict[str, Any]:
    return update.apply(Binding(None, VALUES).update(text), ITEM)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("SET n = n + :n", {"n": {"N": "11"}}),
        ("SET n = :n - n", {"n": {"N": "-1"}}),
        ("SET x = if_not_exists(x, :n), y = if_not_exists(n, :m)", {"x": {"N": "5"}, "y": {"N": "6"}}),
        ("SET x = if_not_exists(x, :n) + :m", {"x": {"N": "12"}}),
        ("SET x = list_append(:l, l)", {"x": {"L": [{"S": "x"}, *ITEM["l"]["L"]]}}),
        ("SET x = list_append(if_not_exists(x, :l), :l)", {"x": {"L": [{"S": "x"}, {"S": "x"}]}}),
        ("SET x = if_not_exists(x, if_not_exists(y, :n))", {"x": {"N": "5"}}),
        ("SET l[9] = :n, l[7] = :m", {"l": {"L": [*ITEM["l"]["L"], {"N": "7"}, {"N": "5"}]}}),
        ("SET l[1].deep = :n", {"l": {"L": [{"N": "1"}, {"M": {"deep": {"N": "5"}}}]}}),
        ("SET s = n, n = s", {"s": {"N": "6"}, "n": {"S": "abc"}}),
        ("REMOVE l[0], l[1]", {"l": {"L": []}}),
        ("REMOVE absent, l[5]", {}),
        ("ADD n :n, fresh :m", {"n": {"N": "11"}, "fresh": {"N": "7"}}),
        ("ADD added :ss", {"added": {"SS": ["a", "b"]}}),
        ("DELETE #set :sa", {"set": {"SS": ["b"]}}),
        ("SET x = :n REMOVE n ADD y :n", {"x": {"N": "5"}, "n": None, "y": {"N": "5"}}),
    ],
)
def test_updates(text: str, changes: dict[str, Any]) -> None:
    expected = {name: value for name, value in {**ITEM, **changes}.items() if value is not None}
    names = {"#set": "set"} if "#set" in text else None
    before = update.copied(ITEM)
    assert update.apply(Binding(names, VALUES).update(text), ITEM) == expected
    assert before == ITEM


def test_a_set_without_members_is_gone() -> None:
    bound = Binding({"#set": "set"}, VALUES).update("DELETE #set :ss")
    assert "set" not in update.apply(bound, ITEM)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET a = :n SET b = :n", 'The "SET" section can only be used once in an update expression;'),
        (
            "SET a.b = :n, a = :n",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a]",
        ),
        (
            "SET a.b = :n, a[0] = :n",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a, [0]]",
        ),
        (
            "SET a = :s + :n",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        (
            "SET a = list_append(:s, b)",
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
        ),
        ("ADD a :s", f"{OPERAND_TYPE}operator: ADD, operand type: STRING{TYPE_SET}"),
        ("ADD a :null", f"{OPERAND_TYPE}operator: ADD, operand type: NULL{TYPE_SET}"),
        ("DELETE a :n", f"{OPERAND_TYPE}operator: DELETE, operand type: NUMBER{TYPE_SET}"),
        ("DELETE a :true", f"{OPERAND_TYPE}operator: DELETE, operand type: BOOL{TYPE_SET}"),
        (
            "SET a = if_not_exists(:n, b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        # Of an update's functions if_not_exists alone gives a value that others can use, says AWS's client of DAX.
        ("SET a = list_append(list_append(:l, :l), :l)", f"{USED_THIS_WAY}list_append"),
        ("SET a = if_not_exists(a, list_append(:l, :l))", f"{USED_THIS_WAY}list_append"),
        ("SET a = :n + list_append(:l, :l)", f"{USED_THIS_WAY}list_append"),
        # Names begin with a letter, those that placeholders stand for with anything.
        ("SET _a = :n", 'Syntax error; token: "_", near: "SET _a"'),
        ("SET a = _f(b)", 'Syntax error; token: "_", near: "= _f"'),
        ("SET a.__b = :n", 'Syntax error; token: "_", near: ".__"'),
        ("INVALID SYNTAX", 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("SET a = #q", "An expression attribute name used in the document path is not defined; attribute name: #q"),
    ],
)
def test_refused_updates(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        Binding(None, VALUES).update(text)
    assert refused.value.message == f"Invalid UpdateExpression: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET x = absent", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET x = s + :n", "An operand in the update expression has an incorrect data type"),
        ("ADD s :n", "An operand in the update expression has an incorrect data type"),
        ("SET absent.deep = :n", "The document path provided in the update expression is invalid for update"),
        ("SET s[0] = :n", "The document path provided in the update expression is invalid for update"),
    ],
)
def test_updates_that_the_item_refuses(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        updated(text)
    assert refused.value.message == message


def test_projections() -> None:
    bound = Binding(None, None).projection("s, l[1].deep, l[0], absent")
    expected = {"s": {"S": "abc"}, "l": {"L": [{"N": "1"}, {"M": {"deep": {"S": "b"}}}]}}
    assert evaluate.project(bound.paths, ITEM) == expected


def test_words() -> None:
    # The developer guide lists 573 of them.
    assert len(RESERVED_WORDS) == 573
    assert {"NAME", "STATUS", "TTL", "SIZE"} <= RESERVED_WORDS


def test_length_at_its_limit() -> None:
    name = "a" * (EXPRESSION_BYTES_MAX - len(" = :n"))
    parser.parse_condition(f"{name} = :n")
    with pytest.raises(ValidationException, match="Expression size has exceeded the maximum allowed size"):
        parser.parse_condition(f"{name}a = :n")


def conditions_in_each_other(levels: int) -> str:
    return "n<:m and (" * levels + "n<:m" + ")" * levels


def test_conditions_nest_as_deep_as_operators_allow() -> None:
    assert holds(conditions_in_each_other((OPERATORS_MAX - 1) // 2))
    assert holds("not " * (OPERATORS_MAX - 2) + "n<:m")
    text = "SET x = " + "if_not_exists(x, " * 200 + ":n" + ")" * 200
    assert updated(text)["x"] == {"N": "5"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (conditions_in_each_other(OPERATORS_MAX // 2), TOO_MANY),
        ("not " * 1000 + "n<:m", TOO_MANY),
        # Parentheses are no operators, and what a function is called is told before how many there are.
        ("(" * 2000 + "n<:m" + ")" * 2000, "The expression has redundant parentheses;"),
        ("n < " + "f(" * 1300 + "n" + ")" * 1300, "Invalid function name; function: f"),
        ("n < " + "size(" * 600 + "n" + ")" * 600, TOO_MANY),
        ("(" * 4096, 'Syntax error; token: "<EOF>", near: "("'),
    ],
)
def test_conditions_that_nest_too_deep(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        holds(text)
    assert refused.value.message == f"Invalid ConditionExpression: {message}"


SIGNS = ["a", "#b", ":n", "(", ")", "[", "]", "1", ".", ",", "=", "<>", "+", "-", "!", "é"]
WORDS = ["AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE", "size", "contains", "if_not_exists"]
TEXTS = st.text(max_size=40) | st.lists(st.sampled_from(SIGNS + WORDS), max_size=14).map(" ".join)


@given(TEXTS)
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    for kind in ("condition", "update", "projection"):
        binding = Binding({"#b": "b"}, {":n": {"N": "5"}})
        try:
            if kind == "condition":
                binding.condition("ConditionExpression", text).test({"a": {"S": "x"}})
            elif kind == "update":
                update.apply(binding.update(text), {"a": {"L": [{"N": "1"}]}})
            else:
                evaluate.project(binding.projection(text).paths, {"a": {"L": [{"N": "1"}]}})
        except AwsError as error:
            assert error.code == "ValidationException"
