"""What people call a function: its whole name, or the end of it (``hello`` for ``my-service-dev-hello``)."""

from collections.abc import Sequence

from stratolite.core.errors import UserError


def resolve(wanted: str, names: Sequence[str]) -> str:
    """The function that ``wanted`` means. Raises UserError, naming what there is."""
    if wanted in names or wanted.startswith("arn:"):
        return wanted
    ending = [name for name in names if name.endswith(f"-{wanted}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise UserError(f"{wanted!r} could be {', '.join(sorted(ending))}", todo="Give the whole name.")
    known = ", ".join(sorted(names)) or "none is deployed"
    raise UserError(f"there is no function {wanted!r}", todo=f"Functions: {known}.", exit_code=1)
