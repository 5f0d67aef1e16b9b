"""The Node.js that runs JavaScript of a project on this machine: its configuration, its conditions, its builds.

Functions have one of their own, by their runtime (``engine.interpreters``).
"""

import shutil
from collections.abc import Mapping

from stratolite.core.errors import UserError


def node_program(environment: Mapping[str, str] | None, needed: str, where: str) -> str:
    """The path of Node.js, on the PATH of an environment or, for None, of this process.

    ``needed`` says what needs it (``the file is JavaScript``). Raises UserError where there is none.
    """
    node = shutil.which("node", path=None if environment is None else environment.get("PATH"))
    if node is None:
        todo = "Install Node.js 18 or newer."
        raise UserError(f"{needed}, and there is no Node.js on the PATH", where=where, todo=todo)
    return node
