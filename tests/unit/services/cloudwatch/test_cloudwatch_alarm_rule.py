"""The rules of composite alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.cloudwatch.alarm_rule import Rule, RuleError, parse
from stratolite.services.cloudwatch.domain import ALARM, INSUFFICIENT, OK, STATES

STATES_OF = {"a": ALARM, "b": OK, "c": INSUFFICIENT, "arn:aws:cloudwatch:r:1:alarm:d e": ALARM}


def holds(text: str) -> bool:
    return parse(text).holds(lambda name: STATES_OF.get(name, ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("ALARM( 'a' )", True),
        ('ALARM("arn:aws:cloudwatch:r:1:alarm:d e")', True),
        ("OK(a)", False),
        ("INSUFFICIENT_DATA(c)", True),
        ("TRUE", True),
        ("FALSE", False),
        ("NOT ALARM(b)", True),
        ("NOT NOT ALARM(b)", False),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) OR ALARM(b)", True),
        ("TRUE OR TRUE AND FALSE", True),
        ("(TRUE OR TRUE) AND FALSE", False),
        ("NOT FALSE AND FALSE", False),
        ("NOT (FALSE AND FALSE)", True),
        ("ALARM(unknown)", False),
        ("(ALARM(a)\n AND (OK(b)))", True),
    ],
)
def test_rules(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ALARM",
        "ALARM()",
        "ALARM(a",
        "ALARM(a) ALARM(b)",
        "AND",
        "TRUE AND",
        "NOT",
        "()",
        "(TRUE",
        "TRUE)",
        "TRUEFALSE",
        "alarm(a)",
        "ALARM(a) XOR TRUE",
        "TRUE OR " * 600 + "TRUE",
        "(" * 300 + "TRUE" + ")" * 300,
    ],
)
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(RuleError):
        parse(text)


@st.composite
def rules(draw: st.DrawFn, depth: int = 3) -> Rule:
    kind = draw(st.sampled_from(["state", "TRUE", "FALSE", *(["AND", "OR", "NOT"] if depth else [])]))
    if kind == "state":
        return Rule(draw(st.sampled_from(STATES)), draw(st.sampled_from(sorted(STATES_OF))))
    if kind in ("TRUE", "FALSE"):
        return Rule(kind)
    count = 1 if kind == "NOT" else draw(st.integers(2, 3))
    return Rule(kind, parts=tuple(draw(rules(depth - 1)) for _ in range(count)))


def written(rule: Rule) -> str:
    if rule.name:
        return f'{rule.kind}("{rule.name}")'
    if rule.kind == "NOT":
        return f"NOT ({written(rule.parts[0])})"
    return f" {rule.kind} ".join(f"({written(part)})" for part in rule.parts) if rule.parts else rule.kind


@given(rules())
def test_what_is_written_is_read(rule: Rule) -> None:
    read = parse(written(rule))
    assert read == rule
    assert list(read.names()) == list(rule.names())


@given(st.text("ALRMOKNDTUEFS()\"' ab_", max_size=40))
def test_any_text_is_a_rule_or_an_error(text: str) -> None:
    try:
        assert isinstance(parse(text).holds(lambda name: OK), bool)
    except RuleError as error:
        assert str(error)
