"""Functions that cannot run on this machine: refused by name, or skipped so that the others start."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import Mistakes, UserError

if TYPE_CHECKING:
    from stratolite.cli.application import Application

TODO = "'stratolite up --skip-unsupported' starts the rest."


def runnable(application: "Application", *, skip: bool) -> "Application":
    """The application, with stand-ins for what cannot run if they may be skipped. Raises UserError."""
    from stratolite.templates import unsupported

    resources: Mapping[str, Any] = application.template.get("Resources", {})
    found = {**unsupported.find(resources), **application.unsupported}
    if not found:
        return application
    if skip:
        return replace(application, template=unsupported.skip(application.template, found))
    named = {_name(resources, one): (application.places.get(one, str(application.file)), found[one]) for one in found}
    if len(named) == 1:
        ((name, (where, reason)),) = named.items()
        raise UserError(f"the function {name} cannot run here: {reason}", where=where, todo=TODO)
    errors = [UserError(f"{name}: {reason}", where=where) for name, (where, reason) in named.items()]
    raise Mistakes(f"{len(errors)} functions cannot run here ({TODO.rstrip('.')})", errors)


def _name(resources: Mapping[str, Any], logical_id: str) -> str:
    name = resources[logical_id].get("Properties", {}).get("FunctionName")
    return name if isinstance(name, str) else logical_id
