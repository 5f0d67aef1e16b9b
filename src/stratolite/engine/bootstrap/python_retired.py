"""Names that a later Python no longer has, for functions whose runtime had them.

What is pure Python in an application of a retired runtime installs on a later interpreter, and then fails on its first
import: until Python 3.9 ``collections.Mapping`` was the same as ``collections.abc.Mapping``, and libraries of those
years say the former. Such names get their meaning back, as far as there is something that does the same. Modules that
are gone (``imp``, ``distutils``) do not come back.
"""

from __future__ import annotations

import importlib
import re
import sys

RENAMED = (
    (8, "time", "clock", "time", "perf_counter"),
    (9, "base64", "encodestring", "base64", "encodebytes"),
    (9, "base64", "decodestring", "base64", "decodebytes"),
    (10, "collections", "*", "collections.abc", "*"),
)
"""The Python 3 that had it no longer, module and name, and where it is now."""
_RUNTIME = re.compile(r"AWS_Lambda_python(\d)\.(\d+)$")


def revive(environment: str) -> None:
    """Give back what the runtime of a function had; ``environment`` is AWS_EXECUTION_ENV, ``AWS_Lambda_python3.7``."""
    match = _RUNTIME.match(environment)
    if match is None:
        return
    wanted = (int(match[1]), int(match[2]))
    for minor, module, name, successor, new in RENAMED:
        if wanted < (3, minor) <= sys.version_info[:2]:
            old, current = importlib.import_module(module), importlib.import_module(successor)
            names = [(each, each) for each in current.__all__] if name == "*" else [(name, new)]
            for before, now in names:
                if not hasattr(old, before):
                    setattr(old, before, getattr(current, now))
    if wanted < (3, 11) <= sys.version_info[:2]:
        inspect = importlib.import_module("inspect")
        # It had four parts, and its successor has seven.
        inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]  # type: ignore[attr-defined]
