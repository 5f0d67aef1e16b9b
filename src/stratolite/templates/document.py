"""YAML and JSON as values that know where they stand.

Owns: reading one document into ``Map``, ``List`` and scalars with the position of every key and element; YAML 1.2's
core schema as js-yaml reads it (so ``yes`` and ``2012-10-17`` are texts); CloudFormation's short-form tags in their
long form; merge keys and anchors. May not: resolve anything. Costs about a millisecond per 100 lines.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stratolite.core.errors import UserError

FILE_BYTES_MAX = 8 * 1024 * 1024
NODES_MAX = 200_000
DEPTH_MAX = 100

FUNCTIONS = frozenset(
    {"And", "Base64", "Cidr", "Equals", "FindInMap", "ForEach", "GetAtt", "GetAZs", "If", "ImportValue", "Join"}
    | {"Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"}
)

_PLAIN = "plain"
_TEXT = "text"
_STANDARD = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[0-9][0-9_]*)$")
_BASED = re.compile(r"([-+]?)0([xob])([0-9a-fA-F_]+)$")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9_]+([eE][-+]?[0-9]+)?)$")
_SPECIAL = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BASES = {"x": 16, "o": 8, "b": 2}


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Map(dict[str, Any]):
    """A mapping with its own position and that of every key."""

    __slots__ = ("at", "marks")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a value and where it was written."""
        self[key] = value
        self.marks[key] = mark


class List(list[Any]):
    """A sequence with its own position and that of every element."""

    __slots__ = ("at", "marks")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.marks: list[Mark] = []

    def put(self, value: Any, mark: Mark) -> None:
        """Append a value and where it was written."""
        self.append(value)
        self.marks.append(mark)


def mark_of(container: Any, key: str | int) -> Mark:
    """Where ``container[key]`` was written; the container's own position when that is not known."""
    if isinstance(container, Map) and isinstance(key, str):
        return container.marks.get(key, container.at)
    if isinstance(container, List):
        return container.marks[key] if isinstance(key, int) and key < len(container.marks) else container.at
    return Mark("", 1, 1)


def copied(value: Any) -> Any:
    """A deep copy that keeps positions."""
    if isinstance(value, Map):
        twin = Map(value.at)
        twin.marks.update(value.marks)
        twin.update({key: copied(child) for key, child in value.items()})
        return twin
    if isinstance(value, List):
        row = List(value.at)
        row.marks.extend(value.marks)
        row.extend(copied(child) for child in value)
        return row
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises UserError when it cannot be read or is over FILE_BYTES_MAX."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the file: {error.strerror}", where=str(path)) from error
    if len(body) > FILE_BYTES_MAX:
        raise UserError(f"the file is larger than {FILE_BYTES_MAX} bytes", where=str(path))
    return body


def decoded(body: bytes, file: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises UserError with the position of the first bad byte."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise UserError(
            "the file is not UTF-8 text",
            where=f"{file}:{before.count(10) + 1}:{column}",
            todo="Save it as UTF-8.",
        ) from error


def read_document(path: Path) -> Any:
    """A YAML or JSON file (by its suffix) as positioned values; None when it is empty. Raises UserError."""
    text = decoded(read_bytes(path), str(path))
    return parse_json(text, str(path)) if path.suffix in (".json", ".tfstate") else parse_yaml(text, str(path))


def parse_json(text: str, file: str) -> Any:
    """JSON text as positioned values. JSON's own keys have no position: all stand at the file's beginning."""
    try:
        value = json.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        raise UserError(
            f"malformed JSON: {error.msg.lower()}",
            where=f"{file}:{error.lineno}:{error.colno}",
            todo="Correct the JSON.",
        ) from error
    except RecursionError as error:
        raise UserError("the document is nested too deeply", where=file) from error
    return positioned(value, Mark(file))


def positioned(value: Any, mark: Mark, depth: int = 0) -> Any:
    """A plain value as positioned values that all stand at ``mark``."""
    if depth > DEPTH_MAX:
        raise UserError(f"the document is nested more than {DEPTH_MAX} levels deep", where=str(mark))
    if isinstance(value, dict):
        result = Map(mark)
        for key, child in value.items():
            result.put(str(key), positioned(child, mark, depth + 1), mark)
        return result
    if isinstance(value, list):
        row = List(mark)
        for child in value:
            row.put(positioned(child, mark, depth + 1), mark)
        return row
    return _number(value) if isinstance(value, float) else value


def parse_yaml(text: str, file: str) -> Any:
    """YAML text as positioned values. Raises UserError at the place of whatever is wrong."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _malformed(error, text, file) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else "unreadable"
        raise UserError(f"malformed YAML: {first}", where=f"{file}:1:1", todo="Correct the YAML.") from error
    return None if node is None else _Builder(file).build(node, 0)


def _malformed(error: yaml.MarkedYAMLError, text: str, file: str) -> UserError:
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines()
    tab = mark is not None and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t"
    where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
    problem = " ".join(part for part in (error.context, error.problem) if part) or "unreadable"
    return UserError(
        f"malformed YAML: {problem}",
        where=where,
        todo="Indent with spaces: YAML allows no tabs there." if tab else "Correct the YAML.",
    )


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


class _Builder:
    """Makes values of nodes, counting them: an alias makes a fresh copy each time it is named."""

    def __init__(self, file: str) -> None:
        self._file = file
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
        merged: list[Map] = []
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged += self._merged(value_node, depth)
                continue
            key = self._key(key_node)
            if key in result:
                raise UserError(
                    f"the key {key!r} is written twice",
                    where=str(self._mark(key_node)),
                    todo=f"Keep one of the two (the first is at {result.marks[key]}).",
                )
            result.put(key, self.build(value_node, depth + 1), self._mark(key_node))
        for source in merged:
            for key, value in source.items():
                if key not in result:
                    result.put(key, value, source.marks[key])
        return result

    def _merged(self, node: yaml.Node, depth: int) -> list[Map]:
        value = self.build(node, depth + 1)
        sources = value if isinstance(value, List) else [value]
        for source in sources:
            if not isinstance(source, Map):
                raise UserError("only mappings can be merged with <<", where=str(self._mark(node)))
        return list(sources)

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise UserError("a key has to be a text", where=str(self._mark(node)))
        value = self._scalar(node, self._mark(node))
        if isinstance(value, str):
            return value
        if value is None:
            return "null" if node.value else ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _scalar(self, node: yaml.ScalarNode, mark: Mark) -> Any:
        text: str = node.value
        tag = node.tag
        if tag == _PLAIN:
            return core_value(text)
        if tag == _TEXT:
            return text
        if tag.startswith("!"):
            return core_value(text) if node.style in (None, "") else text
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
                todo="CloudFormation's tags are !Ref, !Condition and "
                + ", ".join(f"!{f}" for f in sorted(FUNCTIONS))
                + ".",
            )
        if name == "GetAtt" and isinstance(value, str):
            pair = List(mark)
            for part in value.split(".", 1):
                pair.put(part, mark)
            value = pair
        result.put(f"Fn::{name}", value, mark)
        return result


def core_value(text: str) -> Any:
    """What a plain scalar means in YAML's core schema, as js-yaml 4 reads it. Dates stay texts."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789":
        return text
    based = _BASED.match(text)
    if based:
        try:
            number = int(based[3].replace("_", ""), _BASES[based[2]])
        except ValueError:
            return text
        return -number if based[1] == "-" else number
    if len(text) > 400:
        return text
    if _INTEGER.match(text) and not text.endswith("_"):
        return int(text.replace("_", ""))
    if _FLOAT.match(text) and not text.endswith("_"):
        return _number(float(text.replace("_", "")))
    return _SPECIAL.get(text.lower(), text)


def _number(value: float) -> int | float:
    # JavaScript has one kind of number: 1.0 is written as 1.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value
