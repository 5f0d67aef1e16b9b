"""``disableDefaultEndpoint``: an API that answers by the names of its domains alone.

Under ``up`` the address of an API answers all the same, since it is the one that every machine reaches.
"""

from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation


def disabled(work: Compilation, section: str, value: Any) -> Any:
    """What DisableExecuteApiEndpoint is for ``value``, the setting in a section of the provider."""
    if not truthy(value) or not work.is_lenient:
        return value
    at = work.service.mark("provider", section, "disableDefaultEndpoint")
    what = f"provider.{section}.disableDefaultEndpoint: the API's address answers here all the same"
    work.warn_locally(what, at, Kind.NO_EFFECT)
    return None
