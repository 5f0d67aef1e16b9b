"""Names of functions, and those that are longer than AWS takes: other tools that run a file never look at them.

Where the file is only run, such a function has the beginning of its name and a digest of all of it.
"""

import hashlib
from typing import Any

from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless.lodash import items
from stratolite.templates.serverless.warned import warned

FUNCTION_NAME_LENGTH_MAX = 64
DIGEST_LENGTH = 8


def function_name(service: str, stage: str, key: str, settings: Map) -> Any:
    """The name of a function: its own, or the one that the Serverless Framework gives it."""
    return settings.get("name") or f"{service}-{stage}-{key}"


def shorten_names(document: Map, stage: str) -> list[Warning]:
    """Give functions whose names are too long shorter ones, in place; gives what to tell of each."""
    functions = document.get("functions")
    warnings = []
    for key, settings in items(functions) if isinstance(functions, Map) else ():
        name = function_name(str(document["service"]), stage, key, settings) if isinstance(settings, Map) else None
        if not isinstance(name, str) or len(name) <= FUNCTION_NAME_LENGTH_MAX:
            continue
        at = mark_of(settings, "name") if "name" in settings else mark_of(functions, key)
        digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST_LENGTH]
        shorter = f"{name[: FUNCTION_NAME_LENGTH_MAX - DIGEST_LENGTH - 1]}-{digest}"
        settings.put("name", shorter, at)
        what = f"the function name {name!r} has {len(name)} characters, and AWS allows {FUNCTION_NAME_LENGTH_MAX}"
        warnings.append(warned(f"{what}: it is {shorter!r} here", at, Kind.REFUSED_BY_AWS, about="functions"))
    return warnings
