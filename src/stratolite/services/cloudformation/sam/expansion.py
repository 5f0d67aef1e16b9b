"""What the transform is making: resources by logical id, and how references to them are written anew."""

import hashlib
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.cloudformation.language import TransformError

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.http_apis import HttpApi
    from stratolite.services.cloudformation.sam.rest_apis import RestApi

PREFIX = "AWS::Serverless::"
TRANSFORM = "AWS::Serverless-2016-10-31"
HASH_LENGTH = 10
_ATTRIBUTES = ("Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy")
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def failed(reason: str) -> TransformError:
    """What says that a template is no serverless one."""
    return TransformError(
        f"Invalid Serverless Application Specification document. Number of errors found: 1. {reason}", TRANSFORM
    )


def invalid(name: str, reason: str) -> TransformError:
    """What says that a resource of a template is none."""
    return failed(f"Resource with id [{name}] is invalid. {reason}")


def not_done(name: str, what: str) -> NotImplementedHere:
    """What says that something of a resource is not transformed here."""
    return NotImplementedHere(
        f"The transform {TRANSFORM} is not implemented by this version of Stratolite for {what} (resource {name})."
    )


def digest(value: Any) -> str:
    """The end of a logical id that changes with what it stands for."""
    return hashlib.sha1(json.dumps(value, sort_keys=True).encode(), usedforsecurity=False).hexdigest()[:HASH_LENGTH]


@dataclass(frozen=True)
class Resource:
    """A serverless resource: its properties, merged with the globals, and its own attributes."""

    properties: dict[str, Any]
    attributes: dict[str, Any]

    @property
    def condition(self) -> dict[str, Any]:
        """What its parts have of it: its condition."""
        return {"Condition": self.attributes["Condition"]} if "Condition" in self.attributes else {}

    @property
    def own(self) -> dict[str, Any]:
        """What the resource that stands in its place has of it."""
        return {name: self.attributes[name] for name in _ATTRIBUTES if name in self.attributes}


@dataclass
class Expansion:
    """A template in the making."""

    body: Mapping[str, Any]
    shared: Mapping[str, Any]
    parameters: Mapping[str, Any]
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Logical ids by what people write for them: ``Hello.Version``, or a layer's own name."""
    rest_apis: dict[str, "RestApi"] = field(default_factory=dict)
    http_apis: dict[str, "HttpApi"] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    """Conditions that are added."""

    def __post_init__(self) -> None:
        self.given = deepcopy(
            {
                name: one
                for name, one in self.body["Resources"].items()
                if not (isinstance(one, dict) and str(one.get("Type")).startswith(PREFIX))
            }
        )

    def add(self, name: str, kind: str, properties: Mapping[str, Any], **attributes: Any) -> str:
        """Make a resource; its logical id."""
        given = {key: value for key, value in attributes.items() if value}
        self.made[name] = {"Type": kind, **given, "Properties": dict(properties)}
        return name

    def value(self, given: Any) -> Any:
        """A value; that of a parameter where it refers to one."""
        if isinstance(given, dict) and list(given) == ["Ref"] and given["Ref"] in self.parameters:
            return self.parameters[given["Ref"]]
        return given

    def referred(self, given: Any) -> str:
        """The logical id that a value refers to; empty where it is none of this template."""
        if isinstance(given, str):
            return given if given in self.body["Resources"] else ""
        for function in ("Ref", "Fn::GetAtt"):
            named = given.get(function) if isinstance(given, dict) else None
            one = named[0] if isinstance(named, list) and named else named
            name = one.split(".")[0] if isinstance(one, str) else ""
            if name in self.body["Resources"]:
                return name
        return ""

    def template(self) -> dict[str, Any]:
        """The template as it has come to be."""
        order = [*self.body["Resources"], *self.made]
        everything = {**self.given, **self.made}
        resources = {name: everything[name] for name in dict.fromkeys(order) if name in everything}
        result = {**self.body, "Resources": resources}
        if self.conditions:
            result["Conditions"] = {**(self.body.get("Conditions") or {}), **self.conditions}
        for section in ("Resources", "Outputs", "Conditions"):
            if section in result:
                result[section] = self._anew(result[section])
        return result

    def _anew(self, value: Any) -> Any:
        """A value whose references name what was made."""
        if isinstance(value, list):
            return [self._anew(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" and argument in self.renamed:
                return {"Ref": self.renamed[argument]}
            if name == "Fn::GetAtt":
                return {name: self._attribute(argument)}
            if name == "Fn::Sub":
                text, values = (argument[0], argument[1]) if isinstance(argument, list) else (argument, None)
                known = set(values or ())
                text = _VARIABLE.sub(lambda found: self._variable(found, known), text) if self.renamed else text
                return {name: text if values is None else [text, self._anew(values)]}
        return {key: self._dependencies(one) if key == "DependsOn" else self._anew(one) for key, one in value.items()}

    def _attribute(self, argument: Any) -> Any:
        whole = ".".join(str(one) for one in argument) if isinstance(argument, list) else str(argument)
        for length in (2, 1):
            head, _, attribute = _parted(whole, length)
            if head in self.renamed and attribute:
                return [self.renamed[head], attribute]
        return self._anew(argument)

    def _variable(self, found: re.Match[str], known: set[str]) -> str:
        named = found[1].strip()
        if named in known:
            return found[0]
        for length in (2, 1):
            head, dot, attribute = _parted(named, length)
            if head in self.renamed:
                return f"${{{self.renamed[head]}{dot}{attribute}}}"
        return found[0]

    def _dependencies(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.renamed.get(one, one) if isinstance(one, str) else one for one in value]
        return self.renamed.get(value, value) if isinstance(value, str) else value


def _parted(text: str, length: int) -> tuple[str, str, str]:
    """The first parts of a name with dots, a dot, and the rest."""
    parts = text.split(".")
    rest = ".".join(parts[length:])
    return ".".join(parts[:length]), "." if rest else "", rest
