"""Plugins: those whose work is done natively, and those that are refused by name."""

from stratolite.templates.document import Map
from stratolite.templates.serverless.model import Options


def check(document: Map, options: Options) -> tuple[str, ...]:
    """Warnings about the plugins that a file names. Raises UserError for those that are not known."""
    raise NotImplementedError
