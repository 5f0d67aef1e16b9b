"""PartiQL: statements as texts and as trees, and what they say of keys.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html; texts of errors as
DynamoDB's own local version has them, and as the public suite nubo-db/dynamodb-conformance found them on AWS.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.domain import KeyAttribute, Schema
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Between,
    Comparison,
    Function,
    In,
    Literal,
    Not,
    Or,
    Path,
)
from stratolite.services.dynamodb.partiql import keys, parameters, parser, selecting, writes
from stratolite.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Source, Update

MALFORMED = "Statement wasn't well formed, can't be processed: "
LEFT_OVER = f"{MALFORMED}Unexpected token after expression"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
DEEP = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
WHERE = "SELECT * FROM t WHERE "
SCHEMA = Schema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))


def refusal(text: str, parameters: Any = None) -> str:
    with pytest.raises(ValidationException) as refused:
        parser.parse(text, parameters)
    return refused.value.message


def where(text: str) -> Any:
    statement = parser.parse(WHERE + text, None)
    assert isinstance(statement, Select)
    return statement.where


def value(text: str) -> Any:
    statement = parser.parse(f"INSERT INTO t VALUE {{'v': {text}}}", None)
    assert isinstance(statement, Insert)
    return statement.item["v"]


# Values -------------------------------------------------------------------------------------------------------


def shown(given: Any) -> str:
    """A value as a literal."""
    kind: str
    ((kind, inner),) = given.items()
    if kind == "S":
        return "'" + str(inner).replace("'", "''") + "'"
    if kind == "L":
        return "[" + ", ".join(map(shown, inner)) + "]"
    if kind == "M":
        return "{" + ", ".join(f"{shown({'S': name})}: {shown(member)}" for name, member in inner.items()) + "}"
    if kind in ("SS", "NS"):
        return "<<" + ", ".join(shown({kind[0]: member}) for member in inner) + ">>"
    constants = {"NULL": "NULL", "BOOL": str(inner).upper()}
    return constants.get(kind, str(inner))


LEAVES = (
    st.text(max_size=5).map(lambda text: {"S": text})
    | st.integers(-1000, 1000).map(lambda number: {"N": str(number)})
    | st.booleans().map(lambda flag: {"BOOL": flag})
    | st.just({"NULL": True})
    | st.lists(st.text(max_size=3), min_size=1, max_size=3, unique=True).map(lambda members: {"SS": members})
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda members: {"L": members})
        | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3).map(lambda fields: {"M": fields})
    ),
    max_leaves=6,
)


@given(VALUES)
def test_values_come_back(given_value: Any) -> None:
    assert value(shown(given_value)) == given_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.50", {"N": "1.5"}),
        ("-2e3", {"N": "-2000"}),
        (".5", {"N": "0.5"}),
        ("<<1, 2>>", {"NS": ["1", "2"]}),
        ("true", {"BOOL": True}),
        ("{\"quoted\": 'it''s'}", {"M": {"quoted": {"S": "it's"}}}),
    ],
)
def test_ways_to_write_values(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<<>>", "Empty bags are not supported"),
        ("<<1, 'a'>>", "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"),
        ("MISSING", "MISSING must be compared using IS operator"),
        ("{'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a"),
    ],
)
def test_what_is_no_value(text: str, told: str) -> None:
    assert refusal(f"INSERT INTO t VALUE {{'v': {text}}}") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT * FROM t WHERE pk = 1e126", f"{OVERFLOW} under root"),
        ("UPDATE t SET a = 1e-131 WHERE pk = 'x'", f"{UNDERFLOW} under root"),
        ("INSERT INTO t VALUE {'pk': 1e126}", f"{OVERFLOW} under root"),
        ("INSERT INTO t VALUE {'pk': 1, 'm': {'x': 1e126}}", f"{OVERFLOW} under root.x"),
        ("INSERT INTO t VALUE {'pk': 1, 'l': [1, 1e126]}", f"{OVERFLOW} under root[1]"),
        ("SELECT * FROM t WHERE pk = 1e2147483648", MALFORMED),
        ("SELECT * FROM t WHERE pk = 1.5e-2147483647", MALFORMED),
    ],
)
def test_numbers_that_are_too_large(text: str, told: str) -> None:
    assert refusal(text) == told


def deep(depth: int, leaf: Any) -> Any:
    for _ in range(depth):
        leaf = {"M": {"n": leaf}}
    return leaf


NO_NUMBER = "The parameter cannot be converted to a numeric value"


@pytest.mark.parametrize(
    ("given_parameters", "told"),
    [
        ([{"N": "1e2147483648"}], f"{NO_NUMBER}: 1e2147483648"),
        ([{"L": [{"N": "1"}, {"N": "-1e99999999999"}]}], f"{NO_NUMBER}: -1e99999999999"),
        ([{"NS": ["1", "1e-2147483649"]}], f"{NO_NUMBER}: 1e-2147483649"),
        ([{"N": "1e2147483647"}], UNDERFLOW),
        ([{"N": ""}], NO_NUMBER),
        ([deep(40, {"S": "x"}), {"N": "abc"}], DEEP),
        ([{"N": "abc"}, deep(40, {"S": "x"})], f"{NO_NUMBER}: abc"),
        ([{"M": {"bad": {"N": "abc"}, "d": deep(40, {"S": "x"})}}], f"{NO_NUMBER}: abc"),
        ([deep(100, {"N": "abc"})], DEEP),
    ],
)
def test_parameters_that_are_refused(given_parameters: list[Any], told: str) -> None:
    with pytest.raises(ValidationException) as refused:
        parameters.check(given_parameters)
    assert refused.value.message == told


# Conditions ---------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "data", "two words", "where", 'q"q'])
PATHS = st.builds(
    lambda name, rest: Path((name, *rest)),
    NAMES,
    st.lists(st.sampled_from(["x", "y z"]) | st.integers(0, 9), max_size=2),
)
TEXTS = st.sampled_from(["", "a", "it's"]).map(lambda text: Literal({"S": text}))
NUMBERS = st.integers(0, 9).map(lambda number: Literal({"N": str(number)}))
COMPARISONS = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), PATHS, TEXTS | NUMBERS),
    st.builds(Comparison, st.just("="), PATHS.map(lambda path: Function("size", (path,))), NUMBERS),
    st.builds(lambda path, low, more: Between(path, low, more), PATHS, st.just(Literal({"N": "1"})), NUMBERS).filter(
        lambda node: node.high != Literal({"N": "0"})
    ),
    st.builds(lambda path, members: In(path, tuple(members)), PATHS, st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(
        lambda name, path, text: Function(name, (path, text)),
        st.sampled_from(["begins_with", "contains"]),
        PATHS,
        TEXTS,
    ),
    st.builds(
        lambda name, path: Function(name, (path,)),
        st.sampled_from(["attribute_exists", "attribute_not_exists"]),
        PATHS,
    ),
)


def joined(kind: Any) -> Any:
    return lambda nodes: kind(tuple(nodes)) if len(nodes) > 1 else nodes[0]


CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(joined(And))
        | st.lists(inner, min_size=2, max_size=3).map(joined(Or))
    ),
    max_leaves=6,
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def written(node: Any) -> str:
    """A condition, or a part of one, as text."""
    if isinstance(node, Path):
        head, *rest = node.parts
        return quoted(str(head)) + "".join(
            f"[{part}]" if isinstance(part, int) else f".{quoted(part)}" for part in rest
        )
    if isinstance(node, Literal):
        return shown(node.value)
    if isinstance(node, And | Or):
        return "(" + f" {type(node).__name__} ".join(map(written, node.conditions)) + ")"
    if isinstance(node, Not):
        return f"NOT ({written(node.condition)})"
    if isinstance(node, Comparison):
        return f"{written(node.left)} {node.sign} {written(node.right)}"
    if isinstance(node, Between):
        return f"{written(node.operand)} between {written(node.low)} AND {written(node.high)}"
    if isinstance(node, In):
        return f"{written(node.operand)} IN [{', '.join(map(written, node.members))}]"
    presence = {"attribute_exists": "IS NOT MISSING", "attribute_not_exists": "IS MISSING"}.get(node.name)
    return f"{written(node.args[0])} {presence}" if presence else f"{node.name}({', '.join(map(written, node.args))})"


@given(CONDITIONS)
def test_conditions_come_back(condition: Any) -> None:
    assert where(written(condition)) == condition


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (Comparison("=", Path((name,)), Literal({"N": "1"})) for name in "abc")
    assert where("a = 1 OR b = 1 AND NOT c = 1") == Or((a, And((b, Not(c)))))
    assert where("(a = 1 OR b = 1) AND c = 1") == And((Or((a, b)), c))
    assert where("a != 1") == Comparison("<>", Path(("a",)), Literal({"N": "1"}))
    assert where("a IS NULL") == Function("attribute_type", (Path(("a",)), Literal({"S": "NULL"})))
    exists = Function("attribute_exists", (Path(("a",)),))
    for text in ("ATTRIBUTE_EXISTS(a)", "attribute_exists(a) = true", "attribute_exists(a) <> false"):
        assert where(text) == exists
    assert where("attribute_exists(a) = FALSE") == Not(exists)
    assert where("a IS NOT STRUCT") == Not(Function("attribute_type", (Path(("a",)), Literal({"S": "M"}))))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", "WHERE clause must contain an expression that resolves to a boolean"),
        ("a = MISSING", "MISSING must be compared using IS operator"),
        ("length(a) = 1", "Unrecognized function: length at 1:23:6"),
        ("EXISTS(a)", "Unrecognized function: exists at 1:23:6"),
        (
            "a IS ODD",
            "Unsupported data type for IS operator: ODD. Supported data types are "
            "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
        ),
        ("a < TRUE", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
        (
            "attribute_exists()",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
            "number of operands: 0",
        ),
        (
            "attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        ("m.inner = 1", f"{MALFORMED}Invalid path dot component"),
        ("a[*] = 1", "Wildcard path component like a[*].b are not supported"),
    ],
)
def test_what_is_no_condition(text: str, told: str) -> None:
    assert refusal(WHERE + text) == told


# Statements ---------------------------------------------------------------------------------------------------


def test_every_kind_of_statement() -> None:
    one = Comparison("=", Path(("pk",)), Literal({"S": "1"}))
    assert parser.parse('select a, b.c[1] from "t"."i" where pk = \'1\' order by pk desc, sk', None) == Select(
        Source("t", "i"), (Path(("a",)), Path(("b", "c", 1))), one, (("pk", False), ("sk", True))
    )
    assert parser.parse("INSERT INTO t VALUE {'pk': ?};", [{"N": "01"}]) == Insert(Source("t"), {"pk": {"N": "1"}})
    assert parser.parse("DELETE FROM t WHERE pk = '1' RETURNING ALL OLD *", None) == Delete(Source("t"), one, "ALL OLD")
    assert parser.parse("EXISTS(SELECT * FROM t WHERE pk = '1')", None) == Exists(Select(Source("t"), (), one))
    changed = parser.parse(
        "UPDATE t SET a = a + ? SET b.c = list_append(b.c, [1]), d = 'x' REMOVE e, f[0] "
        "SET s = set_add(s, <<'v'>>) WHERE pk = ? RETURNING MODIFIED NEW *",
        [{"N": "2"}, {"S": "1"}],
    )
    assert changed == Update(
        Source("t"),
        (
            Action("SET", Path(("a",)), Arithmetic("+", Path(("a",)), Literal({"N": "2"}))),
            Action("SET", Path(("b", "c")), Function("list_append", (Path(("b", "c")), Literal({"L": [{"N": "1"}]})))),
            Action("SET", Path(("d",)), Literal({"S": "x"})),
            Action("REMOVE", Path(("e",))),
            Action("REMOVE", Path(("f", 0))),
            Action("ADD", Path(("s",)), Literal({"SS": ["v"]})),
        ),
        one,
        "MODIFIED NEW",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECTT * FROMM t", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        ('SELECT * FROM "t', "Statement wasn't well formed, can't be processed: "),
        ("SELECT * FROM \"\" WHERE pk = 'x'", "Path component cannot be an empty string"),
        ("SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"),
        ("SELECT * FROM a, b", "Only select from a single table or index is supported."),
        ("SELECT a, * FROM t", "Other attributes should not be present in the projection when '*' is used."),
        ("SELECT a AS b FROM t", "Aliasing is not supported"),
        (
            "INSERT INTO t VALUE 'x'",
            "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
            "statement.",
        ),
        ("INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
        (
            "DELETE FROM t WHERE a = 1 RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements.",
        ),
        (
            "UPDATE t SET a = set_add(b, <<1>>) WHERE pk = 'x'",
            "The first argument to SET_ADD must equal the assignment value at 1:18:7",
        ),
        (
            "UPDATE t SET a = set_delete(a, [1]) WHERE pk = 'x'",
            "The second argument to SET_DELETE must be a value with type SET at 1:29:1",
        ),
        ("UPDATE t SET a = set_add(a) WHERE pk = 'x'", "SET_ADD must have exactly two arguments at 1:18:7"),
        ("SELECT size(a) FROM t", "Unexpected path component at 1:8:4"),
        (
            "INSERT INTO t VALUE {'a': set_add(<<1>>, <<2>>)}",
            "Unsupported data type: set_add under key root at 1:27:7",
        ),
        ("UPDATE t WHERE pk = 'x'", "Only SET and REMOVE are supported in update expressions at this time"),
    ],
)
def test_what_is_no_statement(text: str, told: str) -> None:
    assert refusal(text) == told


@pytest.mark.parametrize("many", [None, [{"S": "1"}], [{"S": "1"}] * 3])
def test_parameters_are_counted(many: Any) -> None:
    told = "Number of parameters in request and statement don't match."
    assert refusal("SELECT * FROM t WHERE a = ? AND b = ?", many) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT * FROM t WHERE pk = 1 foo", LEFT_OVER),
        ("SELECT * FROM t WHERE pk = 1 e5", LEFT_OVER),
        ("SELECT * FROM t WHERE pk = 1)", LEFT_OVER),
        ("SELECT * FROM t ORDER BY pk WHERE pk = 1", LEFT_OVER),
        ("INSERT INTO t VALUE {'pk': 1} foo", LEFT_OVER),
        ("INSERT INTO t a VALUE {'pk': 1}", LEFT_OVER),
        ("DELETE FROM t WHERE pk = 1 ORDER BY pk", LEFT_OVER),
        ("FROM t SET a = 1 WHERE pk = 1", LEFT_OVER),
        ("SELECT * FROM t a WHERE pk = 1", "Aliasing is not supported"),
        ("SELECT * FROM t AS a WHERE pk = 1", "Aliasing is not supported"),
        ("UPDATE t a SET b = 3 WHERE pk = 1", "Aliasing is not supported"),
        ("DELETE FROM t a WHERE pk = 1", "Aliasing is not supported"),
        ("SELECT * FROM t WHERE pk = 1 # note", MALFORMED),
        ("SELECT * FROM t WHERE pk = 1 /* note", MALFORMED),
    ],
)
def test_what_is_left_over(text: str, told: str) -> None:
    assert refusal(text) == told


def test_comments_and_lines() -> None:
    text = "-- first\nSELECT * /* a\n note */ FROM t\n-- second\nWHERE pk = '-- no comment' -- third"
    assert parser.parse(text, None) == parser.parse("SELECT * FROM t WHERE pk = '-- no comment'", None)
    assert refusal("SELECT *\nFROM t\n  WHERE bad(a)") == "Unrecognized function: bad at 3:9:3"


def test_an_update_may_begin_with_its_table() -> None:
    one = "UPDATE t SET c = 2 REMOVE a WHERE pk = 'x' RETURNING ALL NEW *"
    assert parser.parse("FROM t WHERE pk = 'x' SET c = 2 REMOVE a RETURNING ALL NEW *", None) == parser.parse(one, None)


@given(st.text(alphabet="SELCTFROMWHI *'\"?<>()[]{}.,:=a1-\n", max_size=40))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        parser.parse(text, [{"S": "x"}])
    except ValidationException as error:
        assert error.message


# Keys ---------------------------------------------------------------------------------------------------------


def test_a_key_and_the_other_conditions() -> None:
    key, rest = keys.item_key(SCHEMA, where("a > 1 AND pk = 'x' AND (2 = sk AND b IS MISSING)"))
    assert key == {"pk": {"S": "x"}, "sk": {"N": "2"}}
    assert rest == And((where("a > 1"), where("b IS MISSING")))
    assert keys.item_key(SCHEMA, where("pk = 'x' AND sk > 2"))[0] is None
    assert keys.item_key(SCHEMA, where("pk = 'x' OR sk = 2"))[0] is None
    assert keys.item_key(SCHEMA, None) == (None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "pk = 'x' AND sk = 1 AND pk = 'y'",
            "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported",
        ),
        ("pk = 1 AND sk = 1", "Key attribute's data type should match its data type in table's schema: Key pk"),
    ],
)
def test_what_is_no_key(text: str, told: str) -> None:
    with pytest.raises(ValidationException) as refused:
        keys.item_key(SCHEMA, where(text))
    assert refused.value.message == told


@pytest.mark.parametrize(
    ("text", "partitions", "operator"),
    [
        ("pk = 'x'", ["x"], ""),
        ("pk IN ['x', 'y', 'x'] AND sk >= 1", ["x", "y"], "GE"),
        ("(pk = 'x' OR pk = 'y') AND sk BETWEEN 1 AND 2", ["x", "y"], "BETWEEN"),
        ("pk = 'x' AND 1 < sk AND a = 1", ["x"], "GT"),
        ("pk = 'x' AND sk = 'no number'", ["x"], ""),
        ("pk = 'x' OR a = 1", None, ""),
        ("pk > 'x'", None, ""),
        ("NOT pk = 'x'", None, ""),
        ("pk = 'x' AND NOT sk = 1 OR pk = 'x' AND sk = 2", ["x"], ""),
        ("pk.a = 'x'", None, ""),
    ],
)
def test_where_a_read_looks(text: str, partitions: list[str] | None, operator: str) -> None:
    found = keys.reach(SCHEMA, where(text))
    expected = None if partitions is None else tuple({"S": name} for name in partitions)
    assert found.partitions == expected
    assert (found.sort.operator if found.sort else "") == operator


def test_too_many_partitions() -> None:
    listed = ", ".join(f"'{number}'" for number in range(keys.PARTITIONS_MAX + 1))
    with pytest.raises(ValidationException, match="Too many decomposed read operations"):
        keys.reach(SCHEMA, where(f"pk IN [{listed}]"))


def test_columns_have_the_last_names_of_their_paths() -> None:
    statement = parser.parse("SELECT a, b.c, d[0] FROM t", None)
    assert isinstance(statement, Select)
    assert [name for name, _ in selecting.check(statement)] == ["a", "c", "_3"]
    twice = parser.parse("SELECT a, b.a FROM t", None)
    assert isinstance(twice, Select)
    with pytest.raises(ValidationException, match="Duplicate identifiers in select clause: a"):
        selecting.check(twice)


def test_a_write_counts_its_values() -> None:
    statement = parser.parse("UPDATE t SET a = 'four' WHERE pk = 'x' AND b = 'yz'", None)
    assert writes.action_of(statement, {}).payload_bytes == 7
