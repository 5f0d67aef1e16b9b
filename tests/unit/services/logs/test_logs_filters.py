"""The pattern language, on the examples of AWS's documentation (FilterAndPatternSyntax)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.services.logs.filters import extracted, field, matcher, reader

ERRORS = (
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
    "[SUCCESS 200] AUTHORIZED REQUEST",
)
APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
EVENT = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],'
    ' "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true,'
    ' "errorCode": "400", "latency": 0.01, "a b": 1}'
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ERRORS),
        ("ERROR", ERRORS[:4]),
        ("ERROR ARGUMENTS", ERRORS[2:4]),
        ("?ERROR ?AUTHORIZED", ERRORS),
        ("?400 ?419", (ERRORS[0], ERRORS[2])),
        ("ERROR -ARGUMENTS", ERRORS[:2]),
        ('"MISSING ARGUMENTS"', ERRORS[2:3]),
        ('-"BAD REQUEST" -AUTHORIZED', ERRORS[2:4]),
        ("%AUTHORIZED%", (ERRORS[1], ERRORS[4])),
        (r"%ERROR 4\d0%", (ERRORS[0], ERRORS[3])),
        ("error", ()),
        ("?BAD REQUEST", (ERRORS[0], ERRORS[1], ERRORS[4])),
    ],
)
def test_terms_select_what_the_documentation_says(pattern: str, expected: tuple[str, ...]) -> None:
    assert tuple(filter(matcher(pattern), ERRORS)) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code]", False),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]", True),
        ("[..., status_code = 404, bytes > 1000]", True),
        ("[..., bytes < 1000]", False),
        ("[ip != 127.0.0.1, ...]", False),
        ("[ip = %127[.]0[.]0[.][1-9]%, ...]", True),
        ('[ip, user, username = "frank" && username != "bob", ...]', True),
        ("[a, ..., z = 1534]", True),
        # A column without a name at the end, as in the documentation's own example.
        ("[..., request=*.html*, status_code=4*,]", True),
        # aws-answers: logs, test_put_subscription_filter_update
        ("[]", True),
    ],
)
def test_columns(pattern: str, expected: bool) -> None:
    assert matcher(pattern)(APACHE) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ("{ $.eventType = Update* }", True),
        ("{ $.eventType = %Trail$% }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[*] = "another value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id > 2 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.eventType EXISTS }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.errorCode = 400 }", True),
        ("{ $.errorCode >= 4e2 }", True),
        ("{ $.latency = 1e-2 }", True),
        ("{ $['a b'] = 1 }", True),
        ("{ $.missing != 1 }", False),
        # "If it points to an array or object, the filter will not be applied"
        ("{ $.arrayKey = 1 }", False),
        ("{ $.arrayKey != 1 }", False),
        # "metricFilter: { $.latency = * }"
        ("{ $.latency = * }", True),
        ("{ $.ThisFlag = * }", True),
        ("{ $.SomeOtherObject = * }", False),
        ('{ ($.eventType = "x" || $.latency < 1) && $.ThisFlag IS TRUE }', True),
        ('{ $.eventType = "x" || $.latency < 1 && $.ThisFlag IS FALSE }', False),
    ],
)
def test_documents(pattern: str, expected: bool) -> None:
    assert matcher(pattern)(EVENT) is expected


def test_columns_are_extracted_by_name_or_place() -> None:
    """The example of "Using Metric Filters to Extract Values from Space-Delimited Log Events"."""
    pattern = "[..., request=*.html*, status_code=4*,]"
    assert extracted(reader(pattern)(APACHE)) == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }
    assert extracted(reader("{ $.latency > 0 }")(EVENT)) == {}
    assert extracted(reader("GET")(APACHE)) == {}


@pytest.mark.parametrize(
    ("pattern", "message", "selector", "expected"),
    [
        ("[..., status, bytes]", APACHE, "$bytes", "1534"),
        ("[..., status, bytes]", APACHE, "$status", "404"),
        ("[..., status, bytes]", APACHE, "$1", "127.0.0.1"),
        ("[..., status, bytes]", APACHE, "$7", "1534"),
        ("[..., status, bytes]", APACHE, "$8", None),
        ("{ $.latency = * }", EVENT, "$.latency", 0.01),
        ("{ $.latency = * }", EVENT, "$.objectList[1].id", 2),
        ("{ $.latency = * }", EVENT, "$.none", None),
    ],
)
def test_a_selector_picks_a_value(pattern: str, message: str, selector: str, expected: object) -> None:
    pick = field(pattern, selector)
    assert pick is not None
    assert pick(reader(pattern)(message)) == expected


@pytest.mark.parametrize(
    ("pattern", "selector"),
    [("GET", "$.a"), ("", "$1"), ("[a, b]", "$.a"), ("[a, b]", "a"), ("{ $.a = 1 }", "$a"), ("{ $.a = 1 }", "$.a = 1")],
)
def test_a_selector_of_another_dialect_is_none(pattern: str, selector: str) -> None:
    assert field(pattern, selector) is None


def test_a_message_that_is_not_json_matches_no_document_pattern() -> None:
    assert matcher("{ $.a NOT EXISTS }")("plain text") is False


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }",
        "{ a = 1 }",
        "{ $.a = }",
        "{ $.a = 1",
        "[a,,b]",
        "[a",
        "[..., b, ...]",
        "%a(b)%",
        '"open',
        "{ $.a > x }",
    ],
)
def test_what_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError) as raised:
        matcher(pattern)
    assert raised.value.code == "InvalidParameterException"


def test_parentheses_nest_to_a_limit() -> None:
    assert matcher("{" + "(" * 32 + "$.a = 1" + ")" * 32 + "}")('{"a": 1}')
    with pytest.raises(AwsError):
        matcher("{" + "(" * 33 + "$.a = 1" + ")" * 33 + "}")


@given(st.text(max_size=40), st.sampled_from(["", "{", "["]), st.text(max_size=40))
def test_any_text_is_read_or_refused(inner: str, opening: str, message: str) -> None:
    closing = {"": "", "{": "}", "[": "]"}[opening]
    try:
        holds = matcher(opening + inner + closing)
    except AwsError:
        return
    assert holds(message) in (True, False)
