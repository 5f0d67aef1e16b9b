"""Debuggers: what an environment needs to wait for an editor, debugpy for Python and Node's own inspector.

The bootstraps take these variables out of the environment before the function sees it.
"""

import importlib.util
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.engine.interpreters import Resolution
from stratolite.engine.model import FunctionSpec

PORT = "_STRATOLITE_DEBUG_PORT"
DEBUGPY = "_STRATOLITE_DEBUGPY"
PORTS = {"python": 5678, "node": 9229}
"""Where editors look first."""


def language_of(runtime: str) -> str:
    """``python`` or ``node``; nothing for runtimes that nobody can attach to."""
    return next((name for name in PORTS if runtime.startswith(name)), "")


def debugpy_folder() -> Path:
    """Where debugpy is installed beside Stratolite. Raises UserError when it is not."""
    spec = importlib.util.find_spec("debugpy")
    if spec is None or spec.origin is None:
        raise UserError(
            "debugpy is not installed, which Python functions are debugged with",
            todo="Install it beside Stratolite: pip install debugpy.",
        )
    return Path(spec.origin).parent.parent


def variables(spec: FunctionSpec, resolution: Resolution) -> dict[str, str]:
    """The environment variables that make a bootstrap wait. Raises UserError."""
    if resolution.language == "python":
        return {PORT: str(spec.debug_port), DEBUGPY: str(debugpy_folder())}
    return {PORT: str(spec.debug_port)}
