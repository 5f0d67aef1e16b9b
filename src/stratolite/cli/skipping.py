"""Functions that cannot run on this machine: refused by name, or skipped so that the others start.

Events that nothing here causes are left out by the front end, and are refused by ``--strict`` alone; so is whatever
else an application would have to do without.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import Mistakes, UserError
from stratolite.core.warning import Warning

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


def refuse_events(events: Sequence[tuple[str, str]]) -> None:
    """Raises UserError if there are any: what each is called, and its place."""
    todo = "Leave out --strict to start without them."
    errors = [UserError(f"the event {called} is not run here", where=where, todo=todo) for called, where in events]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = [UserError(error.what, where=error.where) for error in errors]
        raise Mistakes(f"{len(errors)} events are not run here (without --strict the rest starts)", told)


def refuse_lacks(warnings: Iterable[Warning]) -> None:
    """Raises UserError if any of these warnings is about what the application has to do without."""
    errors = [one.error for one in warnings if one.kind.is_lack]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Mistakes(f"{len(errors)} parts are missing (without --strict the rest starts)", errors)


def _name(resources: Mapping[str, Any], logical_id: str) -> str:
    name = resources[logical_id].get("Properties", {}).get("FunctionName")
    return name if isinstance(name, str) else logical_id
