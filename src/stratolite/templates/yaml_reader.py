"""YAML as values that know where they stand.

Owns: YAML 1.2's core schema as js-yaml reads it (so ``yes`` and ``1_000`` are texts), CloudFormation's short-form tags
in their long form, merge keys and anchors, and the place of whatever is wrong.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import yaml

from stratolite.core.errors import UserError
from stratolite.templates.document import DEPTH_MAX, NODES_MAX, List, Map, Mark
from stratolite.templates.javascript import number, ordered, text_of, timestamp

FUNCTIONS = frozenset(
    {"And", "Base64", "Cidr", "Equals", "FindInMap", "ForEach", "GetAtt", "GetAZs", "If", "ImportValue", "Join"}
    | {"Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"}
)

_PLAIN = "plain"
_TEXT = "text"
_STANDARD = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+$")
_BASED = re.compile(r"([-+]?)0(?:b([01]+)|o([0-7]+)|x([0-9a-fA-F]+))$")
_FLOAT = re.compile(r"(?:[-+]?[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$")
_IDLE = re.compile(r"^[ \t]*\t[ \t]*(?=\r?$|#)", re.MULTILINE)
_TODOS = {
    "did not find expected key": "Indent this line as its neighbours are, or look at the end of the one before.",
    "did not find expected '-' indicator": "Indent this line as its neighbours are: a list goes on with '- '.",
    "mapping values are not allowed": "Put a text in quotes that has a colon and a space in it.",
    "cannot start any token": "Put a text in quotes that begins with @, %, or a backquote.",
    "did not find expected ',' or": "Close the bracket that is opened here, and put commas between what is in it.",
    "found unexpected end of stream": "Close the quotes that are opened before.",
}
"""What to do, by what libyaml says."""
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMERAL_CHARACTERS_MAX = 400


def parse_yaml(text: str, file: str, *, dates: bool = False) -> Any:
    """YAML text as positioned values. Raises UserError at the place of whatever is wrong."""
    try:
        # A last line without an end has one all the same, which a block text then keeps.
        loader = _Loader(_without_idle_tabs(text if text.endswith(("\n", "\r")) else f"{text}\n"))
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _malformed(error, text, file) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        where = f"{file}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        raise UserError(f"malformed YAML: {error.reason}", where=where, todo="Correct the YAML.") from error
    return None if node is None else _Builder(file, dates).build(node, 0)


def _without_idle_tabs(text: str) -> str:
    """Lines that say nothing may hold tabs, which libyaml refuses; a space for each keeps every place."""
    if "\t" not in text:
        return text
    return _IDLE.sub(lambda match: match[0].replace("\t", " "), text)


def _malformed(error: yaml.MarkedYAMLError, text: str, file: str) -> UserError:
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines()
    tab = mark is not None and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t"
    where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
    problem = " ".join(part for part in (error.context, error.problem) if part) or "unreadable"
    todo = "Indent with spaces: YAML allows no tabs there." if tab else _todo(problem)
    return UserError(f"malformed YAML: {problem}", where=where, todo=todo)


def _todo(problem: str) -> str:
    """What helps against what libyaml says, which is hard to read."""
    return next((todo for said, todo in _TODOS.items() if said in problem), "Correct the YAML.")


class _Resolver(yaml.resolver.BaseResolver):
    """Says of a scalar only whether it was plain: what it means is decided when values are built."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _TEXT
        return _PLAIN


if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _Loader(CParser, _Resolver):
        """libyaml's parser, which is ten times faster."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            _Resolver.__init__(self)

else:  # pragma: no cover - only where PyYAML was built without libyaml

    class _Loader(  # type: ignore[no-redef]
        yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Resolver
    ):
        """PyYAML's own parser."""

        def __init__(self, text: str) -> None:
            yaml.reader.Reader.__init__(self, text)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)
            _Resolver.__init__(self)


def _rearranged(source: Map, keys: list[str]) -> Map:
    result = Map(source.at)
    for key in keys:
        result.put(key, source[key], source.marks[key])
    return result


class _Builder:
    """Makes values of nodes, counting them: an alias makes a fresh copy each time it is named."""

    def __init__(self, file: str, dates: bool) -> None:
        self._file = file
        self._dates = dates
        self._count = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, depth: int) -> Any:
        mark = self._mark(node)
        self._count += 1
        if self._count > NODES_MAX:
            raise UserError(f"the document has more than {NODES_MAX} values", where=str(mark))
        if depth > DEPTH_MAX:
            raise UserError(f"the document is nested more than {DEPTH_MAX} levels deep", where=str(mark))
        if id(node) in self._open:
            raise UserError("an anchor contains itself", where=str(mark))
        self._open.add(id(node))
        try:
            value = self._plain(node, mark, depth)
        finally:
            self._open.discard(id(node))
        if node.tag.startswith("!") and len(node.tag) > 1:
            return self._long_form(node.tag[1:], value, mark)
        return value

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _plain(self, node: yaml.Node, mark: Mark, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, mark)
        if isinstance(node, yaml.SequenceNode):
            row = List(mark)
            for child in node.value:
                row.put(self.build(child, depth + 1), self._mark(child))
            return row
        assert isinstance(node, yaml.MappingNode)
        return self._mapping(node, mark, depth)

    def _mapping(self, node: yaml.MappingNode, mark: Mark, depth: int) -> Map:
        result = Map(mark)
        merged: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                for source in self._sources(value_node, depth):
                    for key in [each for each in source if each not in result]:
                        result.put(key, source[key], source.marks[key])
                        merged.add(key)
                continue
            key = self._key(key_node)
            if key in result and key not in merged:
                raise UserError(
                    f"the key {key!r} is written twice",
                    where=str(self._mark(key_node)),
                    todo=f"Keep one of the two (the first is at {result.marks[key]}).",
                )
            merged.discard(key)
            result.put(key, self.build(value_node, depth + 1), self._mark(key_node))
        keys = ordered(result)
        return result if keys == list(result) else _rearranged(result, keys)

    def _sources(self, node: yaml.Node, depth: int) -> list[Map]:
        """The mappings that ``<<`` names."""
        value = self.build(node, depth + 1)
        sources = value if isinstance(value, List) else [value]
        for source in sources:
            if not isinstance(source, Map):
                raise UserError("only mappings can be merged with <<", where=str(self._mark(node)))
        return list(sources)

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise UserError("a key has to be a text", where=str(self._mark(node)))
        value = core_value(node.value) if node.tag == _PLAIN else node.value
        return "null" if value is None else text_of(value)

    def _scalar(self, node: yaml.ScalarNode, mark: Mark) -> Any:
        text: str = node.value
        tag = node.tag
        if tag == _PLAIN:
            if self._dates and text[:1].isdigit():
                return timestamp(text) or core_value(text)
            return core_value(text)
        if tag == _TEXT:
            return text
        if tag.startswith("!"):
            return text if text or node.style else None
        return self._standard(tag, text, mark)

    def _standard(self, tag: str, text: str, mark: Mark) -> Any:
        name = tag.removeprefix(_STANDARD)
        if name in ("str", "timestamp", "binary"):
            return text
        value = core_value(text)
        wanted: dict[str, Callable[[], bool]] = {
            "int": lambda: isinstance(value, int) and not isinstance(value, bool),
            "float": lambda: isinstance(value, int | float) and not isinstance(value, bool),
            "bool": lambda: isinstance(value, bool),
            "null": lambda: value is None,
        }
        if name not in wanted or not wanted[name]():
            raise UserError(f"the tag !<{tag}> does not fit {text!r}", where=str(mark), todo="Remove the tag.")
        return value

    def _long_form(self, name: str, value: Any, mark: Mark) -> Map:
        result = Map(mark)
        if name in ("Ref", "Condition"):
            result.put(name, value, mark)
            return result
        if name not in FUNCTIONS:
            raise UserError(
                f"unknown tag !{name}",
                where=str(mark),
                todo="Put quotes around a text that begins with an exclamation mark; CloudFormation's tags are !Ref, "
                + "!Condition, "
                + ", ".join(f"!{function}" for function in sorted(FUNCTIONS))
                + ".",
            )
        if name == "GetAtt" and isinstance(value, str):
            resource, _, attribute = value.partition(".")
            value = List(mark)
            value.put(resource, mark)
            value.put(attribute, mark)
        result.put(f"Fn::{name}", value, mark)
        return result


def core_value(text: str) -> Any:
    """What a plain scalar means in YAML's core schema, as js-yaml 4 reads it. Dates stay texts."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789" or len(text) > _NUMERAL_CHARACTERS_MAX:
        return text
    based = _BASED.match(text)
    if based:
        size = int(based[2], 2) if based[2] else int(based[3], 8) if based[3] else int(based[4], 16)
        return number(-size if based[1] == "-" else size)
    if _INTEGER.match(text):
        value = number(int(text))
        return value if math.isfinite(value) else text
    if _FLOAT.match(text):
        value = number(float(text))
        return value if math.isfinite(value) else text
    # JSON has neither infinity nor what is no number, and writes null for them.
    return None if _SPECIAL.match(text) else text
