"""The service that a resolved file describes: names, settings and functions with the places where they were written.

Owns: reading top-level settings and functions. May not: make resources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from stratolite.core.errors import UserError
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.function_names import FUNCTION_NAME_LENGTH_MAX, function_name
from stratolite.templates.serverless.lodash import items
from stratolite.templates.serverless.variables.resolver import Resolved

RUNTIME_DEFAULT = "nodejs16.x"
MEMORY_MB_DEFAULT = 1024
TIMEOUT_S_DEFAULT = 6
DEPLOYMENT_PREFIX_DEFAULT = "serverless"


def runtime_of(provider: Map, function: Map) -> str:
    """The runtime of a function: its own, the provider's, or the one that the Serverless Framework takes."""
    return str(function.get("runtime") or provider.get("runtime") or RUNTIME_DEFAULT)


@dataclass(frozen=True, slots=True)
class Alias:
    """What a function's callers go through instead of the function itself."""

    name: str
    logical_id: str


@dataclass(frozen=True)
class Function:
    """One function: its key in the file, its settings and what follows from both."""

    key: str
    name: str
    settings: Map
    at: Mark

    @property
    def logical_id(self) -> str:
        return naming.lambda_function(self.key)

    @cached_property
    def alias(self) -> Alias | None:
        """The alias of provisioned concurrency or of SnapStart."""
        if truthy(self.settings.get("provisionedConcurrency")):
            return Alias("provisioned", naming.provisioned_alias(self.key))
        if truthy(self.settings.get("snapStart")):
            return Alias("snapstart", naming.snap_start_alias(self.key))
        return None

    @property
    def depends_on(self) -> str | None:
        """What a resource that calls the function waits for."""
        return self.alias.logical_id if self.alias else None

    @property
    def arn(self) -> dict[str, Any]:
        return {"Fn::GetAtt": [self.logical_id, "Arn"]}

    @property
    def target(self) -> dict[str, Any]:
        """The ARN by which it is called: of its alias, where it has one."""
        return {"Fn::Join": [":", [self.arn, self.alias.name]]} if self.alias else self.arn

    def mark(self, *path: str | int) -> Mark:
        """Where a setting was written: ``mark("events", 0, "http")``."""
        return mark_at(self.settings, self.at, path)


@dataclass(frozen=True)
class Service:
    """The file as the passes of the compiler see it. Maps keep their positions."""

    name: str
    stage: str
    region: str
    document: Map
    provider: Map
    functions: Mapping[str, Function]
    file: Path
    folder: Path

    @cached_property
    def stack_name(self) -> str:
        given = self.provider.get("stackName")
        return given if isinstance(given, str) and given else f"{self.name}-{self.stage}"

    @cached_property
    def deployment_bucket(self) -> Any:
        """The name of the user's own bucket, or None."""
        bucket = self.provider.get("deploymentBucket")
        return (bucket.get("name") if isinstance(bucket, dict) else bucket) or None

    @property
    def deployment_prefix(self) -> str:
        given = self.provider.get("deploymentPrefix")
        return DEPLOYMENT_PREFIX_DEFAULT if given is None else str(given)

    @property
    def code_bucket(self) -> Any:
        """Where functions and layers find their code."""
        return self.deployment_bucket or {"Ref": naming.DEPLOYMENT_BUCKET}

    def section(self, name: str) -> Map:
        """A map of ``provider``, empty when it is not set."""
        found = self.provider.get(name)
        return found if isinstance(found, Map) else Map(mark_of(self.provider, name))

    def setting(self, *path: str) -> Any:
        """A setting of ``provider`` below maps; None when it is not set: ``setting("iam", "role")``."""
        value: Any = self.provider
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def mark(self, *path: str | int) -> Mark:
        """Where a setting was written: ``mark("provider", "apiGateway", "stage")``."""
        return mark_at(self.document, self.document.at, path)

    def function(self, key: str, at: Mark) -> Function:
        """A function that another setting names. Raises UserError when there is none."""
        found = self.functions.get(key)
        if found is None:
            known = ", ".join(self.functions) or "none"
            raise UserError(f"there is no function {key!r}", where=str(at), todo=f"The functions are: {known}.")
        return found


def mark_at(value: Any, at: Mark, path: tuple[str | int, ...]) -> Mark:
    """The position of what a path leads to, or of the nearest thing above it."""
    for key in path:
        if not isinstance(value, Map | List) or not _holds(value, key):
            return at
        at = mark_of(value, key)
        value = value[key]  # type: ignore[index]
    return at


def _holds(container: Map | List, key: str | int) -> bool:
    if isinstance(container, Map):
        return key in container
    return isinstance(key, int) and 0 <= key < len(container)


def read_service(resolved: Resolved) -> Service:
    """The service of a resolved file. Raises UserError for functions that are none, or that share a name."""
    document = resolved.document
    provider = document["provider"]
    assert isinstance(provider, Map)
    name = str(document["service"])
    return Service(
        name=name,
        stage=resolved.stage,
        region=resolved.region,
        document=document,
        provider=provider,
        functions=_functions(resolved, name),
        file=resolved.file,
        folder=resolved.folder,
    )


def _refuse(resolved: Resolved, what: str, at: Mark, todo: str = "") -> NoReturn:
    raise UserError(what, where=str(at) if at.file else str(resolved.file), todo=todo)


def _functions(resolved: Resolved, service: str) -> dict[str, Function]:
    found = resolved.document.get("functions")
    if not truthy(found):
        return {}
    if not isinstance(found, Map):
        at = mark_of(resolved.document, "functions")
        _refuse(resolved, "the setting 'functions' has to be a map", at, "Write each function under a name of its own.")
    functions: dict[str, Function] = {}
    for key, settings in items(found):
        if settings is None:
            continue
        at = mark_of(found, key)
        if not isinstance(settings, Map):
            _refuse(resolved, f"the function {key!r} has to be a map of settings", at, "Give it a handler.")
        name = function_name(service, resolved.stage, key, settings)
        functions[key] = Function(key=key, name=name, settings=settings, at=at)
    _check_names(resolved, functions)
    return functions


def _check_names(resolved: Resolved, functions: Mapping[str, Function]) -> None:
    owners: dict[str, Function] = {}
    for function in functions.values():
        at = function.mark("name")
        if not isinstance(function.name, str):
            _refuse(resolved, f"the name of the function {function.key!r} has to be a text", at)
        if len(function.name) > FUNCTION_NAME_LENGTH_MAX:
            what = f"the function name {function.name!r} has {len(function.name)} characters"
            _refuse(resolved, what, at, f"AWS allows {FUNCTION_NAME_LENGTH_MAX}: set a shorter 'name'.")
        if function.name in owners and not _conditional(function, owners[function.name]):
            other = owners[function.name].key
            _refuse(resolved, f"the functions {other!r} and {function.key!r} have one name, {function.name!r}", at)
        owners[function.name] = function


def _conditional(*functions: Function) -> bool:
    """Functions under conditions may share a name: only one of them is made."""
    return any("condition" in function.settings for function in functions)
