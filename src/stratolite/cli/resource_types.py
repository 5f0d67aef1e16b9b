"""Resources of types that nobody here makes: refused by name and place before there is a cloud, or skipped."""

from dataclasses import replace
from typing import TYPE_CHECKING

from stratolite.cli.skipping import TODO
from stratolite.core.errors import Mistakes, UserError
from stratolite.core.listing import nearest

if TYPE_CHECKING:
    from stratolite.cli.application import Application
    from stratolite.services.cloudformation.checks import Refusal


def makeable(application: "Application", *, skip: bool) -> "Application":
    """The application, with stand-ins for resources that nobody here makes, if they may be skipped.

    Raises UserError for all of them together if not: CloudFormation here would refuse the stack.
    """
    from stratolite.server.registry import Registry
    from stratolite.services.cloudformation.checks import unknown_types

    refused = unknown_types(application.template, Registry().resource_type)
    if not refused:
        return application
    if skip:
        from stratolite.templates.skipped_resources import skip as skipped

        return replace(application, template=skipped(application.template, {one.logical_id for one in refused}))
    raise _error(application, refused)


def whole(application: "Application") -> "Application":
    """The application, of which nothing is skipped that others in it refer to: only ``up`` lets a stack have that.

    Raises UserError.
    """
    from stratolite.services.cloudformation.checks import Refusal
    from stratolite.services.cloudformation.skipped import PREFIX

    kinds = {name: str(one.get("Type")) for name, one in application.template.get("Resources", {}).items()}
    own = {name: kind.removeprefix(PREFIX) for name, kind in kinds.items() if kind.startswith(PREFIX)}
    refused = [
        Refusal(f"{name} is of the type {kind}, which is not made here", name, kind) for name, kind in own.items()
    ]
    if refused:
        raise _error(application, refused)
    return application


def _error(application: "Application", refused: "list[Refusal]") -> UserError:
    """The error for resources that are refused."""
    places = {one.logical_id: application.places.get(one.logical_id, str(application.file)) for one in refused}
    if len(refused) == 1:
        one = refused[0]
        close = nearest(one.type, _makeable(one.type))
        # It may be a slip as well as a type of AWS's that is called alike.
        todo = f"Perhaps {close} is meant. If not: {TODO}" if close else TODO
        return UserError(one.what, where=places[one.logical_id], todo=todo)
    errors = [UserError(one.what, where=places[one.logical_id]) for one in refused]
    return Mistakes(f"{len(errors)} resources are not made here ({TODO.rstrip('.')})", errors)


def _makeable(kind: str) -> list[str]:
    """The types that the service which a type names makes here."""
    from stratolite.server.registry import resource_types

    return resource_types(kind.rpartition("::")[0])
