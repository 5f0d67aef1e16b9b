"""Where in the file what a deployment fails with is written: CloudFormation speaks of logical ids alone."""

import re
from collections.abc import Iterator
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
    words = dict.fromkeys(_WORD.findall(error.what))
    place = next((application.places[word] for word in words if word in application.places), None)
    if place is None:
        referring = _referring(application.template.get("Resources", {}), set(words))
        place = next((application.places[name] for name in referring if name in application.places), None)
    if place is None:
        return error
    return UserError(error.what, where=place, todo=error.todo, exit_code=error.exit_code)


def _referring(resources: dict[str, Any], names: set[str]) -> Iterator[str]:
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
