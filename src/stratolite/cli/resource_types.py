"""Resources of types that nobody here makes: refused by name and place, before there is a cloud."""

from typing import TYPE_CHECKING

from stratolite.core.errors import Mistakes, UserError

if TYPE_CHECKING:
    from stratolite.cli.application import Application

TODO = "docs/coverage.md lists the types that are made: take the others out to run the rest."


def check_types(application: "Application") -> None:
    """Raises UserError for the resources that CloudFormation here would refuse for their types, all together."""
    from stratolite.server.registry import Registry
    from stratolite.services.cloudformation.checks import unknown_types

    refused = unknown_types(application.template, Registry().resource_type)
    errors = [
        UserError(one.what, where=application.places.get(one.logical_id, str(application.file)), todo=TODO)
        for one in refused
    ]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        alike = [UserError(one.what, where=one.where) for one in errors]
        raise Mistakes(f"{len(errors)} resources cannot be made here ({TODO.rstrip('.')})", alike)
