"""Parameter mapping as it was configured, read: ``overwrite:header.x`` and its like. ``parameters.py`` applies it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stratolite.services.apigatewayv2.domain import Integration


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``overwrite:header.x`` to what an expression gives."""

    action: str
    """``append``, ``overwrite`` or ``remove``."""
    location: str
    """``header``, ``querystring``, ``path`` or ``statuscode``."""
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """What an integration changes."""

    request: tuple[Change, ...]
    response: Mapping[int, tuple[Change, ...]]


def compiled(integration: Integration) -> Mapped | None:
    """What an integration changes, or None when it is nothing."""
    if not integration.request_parameters and not integration.response_parameters:
        return None
    responses = integration.response_parameters.items()
    # Those of a service are what it is asked with, and change nothing.
    request = () if integration.subtype else _changes(integration.request_parameters)
    return Mapped(request, {int(status): _changes(given) for status, given in responses})


def _changes(given: Mapping[str, str]) -> tuple[Change, ...]:
    changes = []
    for key, value in given.items():
        action, _, target = key.partition(":")
        location, _, name = target.partition(".")
        changes.append(Change(action, location, name, value))
    return tuple(changes)
