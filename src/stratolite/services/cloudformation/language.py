"""The transform ``AWS::LanguageExtensions``: loops, lengths and JSON texts become a plain template.

Where the name of a loop is replaced: in the keys of what it repeats (``${Name}`` by the item, ``&{Name}`` by its
letters and digits), in the text of ``Fn::Sub`` and where ``Ref`` names it. Other texts stay as they are, as on AWS.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation.expressions import FIND_IN_MAP_FORM, NO_VALUE
from stratolite.services.cloudformation.intrinsics import Context, Resolver, evaluate_conditions

LOOP = "Fn::ForEach::"
EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")
FIND_IN_MAP_PARTS = 3
"""How many parameters Fn::FindInMap takes without the transform: with it, a default value may follow."""
SECTIONS = ("Conditions", "Resources", "Outputs")
RESOLVED_ATTRIBUTES = ("Condition", "DeletionPolicy", "UpdateReplacePolicy")
"""The attributes of resources that may be expressions where the transform is declared."""

_PLACE = re.compile(r"([$&])\{([A-Za-z0-9_.:]+)\}")


class _LaterError(Exception):
    """A value that only the deployment will know."""


class TransformError(ValidationError):
    """A transform cannot be applied."""

    code = "ValidationError"

    def __init__(self, reason: str, transform: str = "AWS::LanguageExtensions") -> None:
        super().__init__(f"Transform {transform} failed with: {reason}")


def refuse_undeclared(value: Any) -> None:
    """Raises ValidationError for a function of the transform in a template that does not declare it."""
    if isinstance(value, dict):
        for name in EXTENSIONS:
            if name in value and len(value) == 1:
                raise ValidationError(
                    f"Template format error: {name} needs the transform AWS::LanguageExtensions, which the template "
                    "does not declare"
                )
        found = value.get("Fn::FindInMap") if len(value) == 1 else None
        if isinstance(found, list) and len(found) > FIND_IN_MAP_PARTS:
            raise ValidationError(FIND_IN_MAP_FORM)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        refuse_undeclared(one)


def processed(body: Mapping[str, Any], parameters: Mapping[str, Any], pseudo: Mapping[str, Any]) -> dict[str, Any]:
    """The template that the transform makes of one. ``parameters``: typed values. Raises ValidationError."""
    result = dict(body)
    mappings = body.get("Mappings", {})
    expansion = _Expansion(pseudo, mappings)
    for name in SECTIONS:
        if name in result:
            result[name] = expansion.expand(result[name], dict(parameters))
    if isinstance(result.get("Resources"), dict):
        _resolve_attributes(result, expansion.context(dict(parameters)))
    return result


def _resolve_attributes(body: dict[str, Any], context: Context) -> None:
    resolver = Resolver(context)
    evaluated = False
    for resource in body["Resources"].values():
        for name in RESOLVED_ATTRIBUTES:
            if not isinstance(resource, dict) or not isinstance(resource.get(name), dict):
                continue
            try:
                if not evaluated:
                    evaluate_conditions(context, body.get("Conditions", {}))
                    evaluated = True
                value = resolver.resolve(resource.pop(name))
            except _LaterError as error:
                raise TransformError(f"The value of {name} could not be resolved") from error
            if value is not NO_VALUE:
                resource[name] = value


def _later(*_: Any) -> Any:
    raise _LaterError


class _Expansion:
    """Expands values. ``names`` are the parameters and the items of the loops around a value."""

    def __init__(self, pseudo: Mapping[str, Any], mappings: Mapping[str, Any]) -> None:
        self._pseudo = pseudo
        self._mappings = mappings

    def context(self, names: Mapping[str, Any]) -> Context:
        return Context(names, self._pseudo, self._mappings, ref=_later, attribute=_later, imported=_later)

    def expand(self, value: Any, names: Mapping[str, Any], loops: Mapping[str, str] | None = None) -> Any:
        """A value without loops and lengths, and with the items of the loops in their places."""
        items = loops or {}
        if isinstance(value, list):
            return [self.expand(one, names, items) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if isinstance(name, str) and (name in EXTENSIONS or name in ("Ref", "Fn::GetAtt", "Fn::Sub")):
                return self._function(name, argument, names, items)
        result: dict[str, Any] = {}
        for key, inner in value.items():
            produced = self._loop(inner, names, items) if str(key).startswith(LOOP) else [(key, (inner, names, items))]
            for made_key, (made, its_names, its_items) in produced:
                if made_key in result:
                    raise TransformError(
                        f"Duplicate key '{made_key}' when merging keys to parent object in Fn::ForEach"
                    )
                result[made_key] = self.expand(made, its_names, its_items)
        return result

    def _function(self, name: str, argument: Any, names: Mapping[str, Any], items: Mapping[str, str]) -> Any:
        if name == "Fn::Sub":
            return {name: self._sub(argument, names, items)}
        if name == "Ref" and isinstance(argument, str):
            return items.get(argument, {name: argument})
        inner = self.expand(argument, names, items)
        if name == "Ref":
            return {name: self._value(inner, names, "Ref could not be resolved")}
        if name == "Fn::GetAtt":
            if not isinstance(inner, list):
                return {name: inner}
            return {name: [self._value(one, names, "Fn::GetAtt could not be resolved") for one in inner]}
        if name == "Fn::Length":
            return self._length(inner, names)
        try:
            value = Resolver(self.context(names)).resolve(inner)
            return "" if value is NO_VALUE else json.dumps(value, separators=(",", ":"))
        except (_LaterError, ValidationError):
            # It names a resource or a condition: the deployment makes the text.
            return {name: inner}

    def _length(self, value: Any, names: Mapping[str, Any]) -> int:
        resolved = self._value(value, names, "The Fn::Length value could not be resolved for properties")
        if not isinstance(resolved, list):
            raise TransformError("The Fn::Length value could not be resolved for properties")
        return len(resolved)

    def _sub(self, argument: Any, names: Mapping[str, Any], items: Mapping[str, str]) -> Any:
        if isinstance(argument, str):
            return _filled(argument, items, "$")
        if isinstance(argument, list) and argument and isinstance(argument[0], str):
            return [_filled(argument[0], items, "$"), *(self.expand(one, names, items) for one in argument[1:])]
        return argument

    def _loop(
        self, argument: Any, names: Mapping[str, Any], items: Mapping[str, str]
    ) -> Iterator[tuple[str, tuple[Any, Mapping[str, Any], Mapping[str, str]]]]:
        """What a loop repeats: each key with its value, and the names that hold there."""
        if not isinstance(argument, list) or len(argument) != 3:
            raise TransformError("Fn::ForEach layout is incorrect")
        identifier, collection, fragment = argument
        if not isinstance(identifier, str) or not isinstance(fragment, dict) or not fragment:
            raise TransformError("Fn::ForEach layout is incorrect")
        said = "Could not find a collection or could not be resolved for Fn::ForEach"
        found = self._value(self.expand(collection, names, items), names, said)
        if not isinstance(found, list):
            raise TransformError(said)
        for item in found:
            its_names, its_items = {**names, identifier: str(item)}, {**items, identifier: str(item)}
            for key, value in fragment.items():
                if str(key).startswith(LOOP):
                    yield from self._loop(value, its_names, its_items)
                else:
                    yield _filled(str(key), its_items, "$&"), (value, its_names, its_items)

    def _value(self, value: Any, names: Mapping[str, Any], said: str) -> Any:
        try:
            return Resolver(self.context(names)).resolve(value)
        except _LaterError as error:
            raise TransformError(said) from error


def _filled(text: str, items: Mapping[str, str], forms: str) -> str:
    """A text with the items of loops in the places of their names."""

    def item(found: re.Match[str]) -> str:
        form, name = found.groups()
        if form not in forms or name not in items:
            return found.group()
        return re.sub(r"[^A-Za-z0-9]", "", items[name]) if form == "&" else items[name]

    return _PLACE.sub(item, text)
