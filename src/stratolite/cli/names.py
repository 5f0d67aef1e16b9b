"""What people call a function or a queue: its whole name, or the end of it (``hello`` for ``my-service-dev-hello``)."""

from collections.abc import Sequence

from stratolite.core.errors import UserError
from stratolite.core.listing import nearest


def resolve(wanted: str, names: Sequence[str]) -> str:
    """The function that ``wanted`` means; an ARN means itself. Raises UserError, naming what there is."""
    return wanted if wanted.startswith("arn:") else ending("function", wanted, names)


def ending(what: str, wanted: str, names: Sequence[str]) -> str:
    """The name that is ``wanted``, or the only one that ends in it. Raises UserError, naming what there is."""
    if wanted in names:
        return wanted
    found = [name for name in names if name.endswith(f"-{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{wanted!r} could be {', '.join(sorted(found))}", todo="Give the whole name.")
    if not names:
        raise UserError(f"there is no {what} {wanted!r}, nor any other", exit_code=1)
    close = nearest(wanted, [name.rpartition("-")[2] for name in names])
    meant = f"Perhaps {close!r} is meant. " if close else ""
    raise UserError(f"there is no {what} {wanted!r}", todo=f"{meant}Known: {', '.join(sorted(names))}.", exit_code=1)
