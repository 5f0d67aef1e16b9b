"""Where in the file what a deployment fails with is written: CloudFormation speaks of logical ids alone."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import UserError

if TYPE_CHECKING:
    from stratolite.cli.application import Application

_WORD = re.compile(r"[A-Za-z0-9]+")
_REFERENCES = ("Ref", "Fn::GetAtt")


def placed(error: UserError, application: "Application") -> UserError:
    """The error, at the place of the first resource that its text names, or that refers to what is not there."""
    if error.where != application.stack_name:
        return error
    place = place_of(error.what, application.template.get("Resources", {}), application.places)
    return UserError(error.what, where=place, todo=error.todo, exit_code=error.exit_code) if place else error


def place_of(what: str, resources: Mapping[str, Any], places: Mapping[str, str]) -> str:
    """Where the resource is written that a text names, or that refers to what is not there; empty for none."""
    words = dict.fromkeys(_WORD.findall(what))
    named = (word for word in words if word in places)
    referring = (name for name in _referring(resources, set(words)) if name in places)
    name = next(named, None) or next(referring, None)
    return places[name] if name else ""


def _referring(resources: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """The resources that refer to one of some names which no resource has."""
    missing = names - set(resources)
    for name, resource in resources.items():
        if any(reference in missing for reference in _references(resource)):
            yield name


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key in _REFERENCES:
                yield str(member[0] if isinstance(member, list) and member else member).partition(".")[0]
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
