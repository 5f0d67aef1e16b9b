"""The shape of a configuration: unknown and wrongly typed settings, with their positions."""

from stratolite.templates.serverless.variables.resolver import Resolved


def check(resolved: Resolved) -> tuple[str, ...]:
    """Warnings about settings that do not fit. Raises UserError with ``configValidationMode: error``."""
    raise NotImplementedError
