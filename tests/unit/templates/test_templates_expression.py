"""The grammar of variables, beside what the parser of Serverless Framework 3.40.0 gives for the same texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.templates.serverless.variables.expression import (
    NESTING_MAX,
    Literal,
    Malformed,
    Parts,
    Source,
    Variable,
    parse,
)


def one(name: str, address: object = None, *more: Source | Literal) -> Variable:
    return Variable((Source(name, None, None if address is None else Literal(address)), *more))


def of(name: str, address: str) -> Source:
    return Source(name, None, Literal(address))


PARSED: dict[str, Parts] = {
    "plain": ("plain",),
    "": (),
    "${self:custom.x}": (one("self", "custom.x"),),
    "a-${self:x}-b": ("a-", one("self", "x"), "-b"),
    "${opt:stage, 'dev'}": (one("opt", "stage", Literal("dev")),),
    "${opt:stage,self:custom.stage,  5 }": (one("opt", "stage", of("self", "custom.stage"), Literal(5)),),
    '${opt:a, "x\\"y"}': (one("opt", "a", Literal('x"y')),),
    "${opt:a, true}": (one("opt", "a", Literal(True)),),
    "${opt:a, null}": (one("opt", "a", Literal(None)),),
    "${opt:a, -1.5}": (one("opt", "a", Literal(-1.5)),),
    "${opt:a, ''}": (one("opt", "a", Literal("")),),
    "${self:}": (one("self"),),
    "${self: a b }": (one("self", "a b"),),
    "${self:'a,b'}": (one("self", "a,b"),),
    "${file(./a.yml)}": (Variable((Source("file", (Literal("./a.yml"),), None),)),),
    "${file(a.yml):b.c, 'x'}": (Variable((Source("file", (Literal("a.yml"),), Literal("b.c")), Literal("x"))),),
    "${ssm(eu-west-1, raw):/a/b}": (
        Variable((Source("ssm", (Literal("eu-west-1"), Literal("raw")), Literal("/a/b")),)),
    ),
    "${strToBool(true)}": (Variable((Source("strToBool", (Literal(True),), None),)),),
    "${file(a-${opt:stage}.yml)}": (Variable((Source("file", (("a-", one("opt", "stage"), ".yml"),), None),)),),
    "${self:custom.${opt:stage}.x}": (Variable((Source("self", None, ("custom.", one("opt", "stage"), ".x")),)),),
    # CloudFormation's own, which stay texts.
    "${AWS::Region}": ("${AWS::Region}",),
    "${Table}-${Table.Arn}": ("${Table}-${Table.Arn}",),
    "${table}": ("${table}",),
    "${stageVariables.name}": ("${stageVariables.name}",),
    "${ self:x }": ("${ self:x }",),
    "${self::x}": ("${self::x}",),
    "${Foo${self:x}}": ("${Foo", one("self", "x"), "}"),
    "${}": ("${}",),
    "${self": ("${self",),
    # Escapes.
    "\\${self:x}": ("${self:x}",),
    "\\\\${self:x}": ("\\", one("self", "x")),
    "\\\\\\${self:x}": ("\\${self:x}",),
    "a\\b": ("a\\b",),
    "\\$${self:x}": ("\\$", one("self", "x")),
    "$${self:x}": (one("self", "x"),),
    "5$ ${self:x}": ("5$ ", one("self", "x")),
}


@pytest.mark.parametrize("text", PARSED)
def test_parts(text: str) -> None:
    assert parse(text) == PARSED[text]


MALFORMED = {
    "${self:x": "Missing variable closing bracket in ${self:x",
    "${opt:a, foo}": 'Invalid literal source "foo" at index 9 in "${opt:a, foo}"',
    "${opt:a, ${self:b}}": 'Invalid variable source at index 9 in "${opt:a, ${self:b}}"',
    "${opt:a, 'x', self:b}": "Invalid variable source at index 9 in \"${opt:a, 'x', self:b}\"",
    "${file(a}": 'Invalid variable param at index 7 in "${file(a}"',
    "${file(a)b}": 'Invalid variable address at index 9 in "${file(a)b}"',
    "${self:a.${Foo}}": 'Invalid variable type at index 11 in "${self:a.${Foo}}"',
    "${self:a.${self}}": 'Invalid variable type at index 11 in "${self:a.${self}}"',
    "${opt:a,}": 'Invalid variable source at index 8 in "${opt:a,}"',
    "${opt:a, 'b}": "Missing variable closing bracket in ${opt:a, 'b}",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_malformed_is_told_in_the_frameworks_words(text: str) -> None:
    with pytest.raises(Malformed) as error:
        parse(text)
    assert str(error.value) == MALFORMED[text]


def test_nesting_is_bounded() -> None:
    deep = "${self:" * (NESTING_MAX + 1) + "x" + "}" * (NESTING_MAX + 1)
    with pytest.raises(Malformed, match="nested more than"):
        parse(deep)
    with pytest.raises(Malformed, match="nested more than"):
        parse("${A" * 10_000)
    assert parse(deep[len("${self:") : -1])


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["${", "${self:", "}", "$", "\\", "'", '"', "(", ")", ",", ":", "a", " ", "5"])))
def test_any_text_is_parts_or_malformed(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        parts = parse(text)
    except Malformed:
        return
    assert "".join(part for part in parts if isinstance(part, str)).count("a") <= text.count("a")
