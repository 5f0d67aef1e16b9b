"""Finds services by the shape of their folders, on first use.

Nothing registers itself: ``services/<name>/operations/*.py`` are the operations, ``background.py`` has the kinds of
deliveries, ``port.py`` the ports, ``cfn.py`` the resource types, ``surface.py`` the plain HTTP. A file that a service
lacks is a concept that it lacks. Loading a service imports its modules and brings its tables up to date (5 to 20 ms).
"""

import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere, UnknownOperationException
from stratolite.core.resource_types import ResourceType
from stratolite.core.service import Operation, Service
from stratolite.delivery.worker import Kind
from stratolite.protocol.models import OperationModel, ServiceModel, service_model
from stratolite.protocol.validate import validate
from stratolite.services import SERVICES
from stratolite.services import __path__ as FOLDERS
from stratolite.services.world import World

Result = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LoadedOperation:
    """An implemented operation, ready to run."""

    name: str
    model: OperationModel
    function: Operation
    waits: bool
    """Whether it is a coroutine, which opens its own transactions."""


@dataclass(frozen=True)
class LoadedService:
    """A service in use: its state and its operations."""

    service: Service
    model: ServiceModel
    state: Any
    operations: Mapping[str, LoadedOperation]

    def operation(self, name: str) -> LoadedOperation:
        """Raises NotImplementedHere for an operation that AWS has and this version lacks."""
        operation = self.operations.get(name)
        if operation is not None:
            return operation
        if name in self.model.operation_names:
            raise NotImplementedHere(
                f"The operation {name} of {self.service.model} is not implemented by this version of Stratolite."
            )
        raise UnknownOperationException(f"Unknown operation: {name}")


class Registry:
    """All services of one cloud, loaded on first use."""

    def __init__(self) -> None:
        self._by_name = {service.name: service for service in SERVICES}
        self._by_model = {service.model: service for service in SERVICES}
        self._by_port = {port: service.name for service in SERVICES for port in service.ports}
        self._loaded: dict[str, LoadedService] = {}
        self._kinds: dict[str, Kind] = {}
        self._resource_types: dict[str, ResourceType] = {}
        self.world: World
        """Set once by the composition root, before anything is loaded."""

    def schemas(self) -> dict[str, str]:
        """Every service's ``schema.sql``: all tables are made at start, because services are first used inside
        transactions too."""
        paths = {name: Path(FOLDERS[0]) / name / "schema.sql" for name in self._by_name}
        return {name: path.read_text() for name, path in paths.items() if path.is_file()}

    def get(self, name: str) -> LoadedService:
        """A service by its folder's name, or by its model's."""
        loaded = self._loaded.get(name)
        if loaded is None:
            service = self._by_model.get(name) or self._by_name.get(name)
            if service is None:
                raise NotImplementedHere(f"The service {name} is not part of this version of Stratolite.")
            loaded = self._loaded.get(service.name)
            if loaded is None:
                loaded = self._loaded[service.name] = self._load(service)
        return loaded

    @property
    def loaded(self) -> list[LoadedService]:
        """The services that are in use."""
        return list(self._loaded.values())

    def kind(self, name: str) -> Kind:
        """The kind of delivery by its name, ``<service>.<noun>``. Raises LookupError when no service has it."""
        if name not in self._kinds:
            owner = name.partition(".")[0]
            module = _module(self._by_name[owner], "background") if owner in self._by_name else None
            if module is not None:
                self._kinds.update({kind.name: kind for kind in module.kinds(self.get(owner).state)})
        return self._kinds[name]

    def port(self, name: str) -> Any:
        """The implementation of a port, or None when no service here offers it."""
        owner = self._by_port.get(name)
        if owner is None:
            return None
        loaded = self.get(owner)
        module = _module(loaded.service, "port")
        assert module is not None, f"{owner} offers {name} but has no port.py"
        return module.ports(loaded.state)[name]

    def resource_type(self, name: str) -> tuple[Service, ResourceType] | None:
        """The service that makes resources of a CloudFormation type, and how."""
        for service in self._by_name.values():
            if any(name.startswith(prefix) for prefix in service.resource_prefixes):
                module = _module(service, "cfn")
                known = {} if module is None else {kind.name: kind for kind in module.RESOURCE_TYPES}
                return (service, known[name]) if name in known else None
        return None

    def surfaces(self) -> list[tuple[Service, ModuleType]]:
        """The services that answer plain HTTP, with their ``surface`` modules."""
        modules = [(service, _module(service, "surface")) for service in self._by_name.values() if service.has_surface]
        return [(service, module) for service, module in modules if module is not None]

    def resume(self) -> None:
        """Let the services go on with what they do by themselves; those that have nothing to do are not loaded."""
        for service in self._by_name.values():
            if any(self.world.database.one(f"SELECT 1 FROM {table} LIMIT 1") for table in service.resumes):
                self.get(service.name).state.resume()

    async def drain(self) -> bool:
        """Wait until no service has anything to do by itself; whether there was anything to wait for."""
        waits = [loaded.state.drain for loaded in self._loaded.values() if hasattr(loaded.state, "drain")]
        had_to_wait = False
        for wait in waits:
            had_to_wait = await wait() or had_to_wait
        return had_to_wait

    async def close(self) -> None:
        """End what the services run. One that ends may load another: what functions said last goes to the logs."""
        closed: set[str] = set()
        while left := [name for name in self._loaded if name not in closed]:
            closed.update(left)
            for name in left:
                state = self._loaded[name].state
                if hasattr(state, "close"):
                    await state.close()

    def _load(self, service: Service) -> LoadedService:
        package = import_module(f"stratolite.services.{service.name}")
        model = service_model(service.model)
        state = package.build(self.world)
        return LoadedService(service, model, state, _operations(service, model))


class PublicOperations:
    """Operations by name, for services and targets (law 5): validated like a client's, without the wire."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def require(self, service: str, operation: str) -> None:
        self._registry.get(service).operation(operation)

    def run(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        loaded = self._registry.get(service)
        chosen = loaded.operation(operation)
        assert not chosen.waits, f"{operation} waits: it cannot run inside a transaction"
        validate(chosen.model, request)

        def work() -> Result:
            answer: Result = chosen.function(call, loaded.state, request)
            return answer

        result = self._registry.world.database.nested(work)
        return dict(result) if result else {}

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        loaded = self._registry.get(service)
        chosen = loaded.operation(operation)
        validate(chosen.model, request)
        if chosen.waits:
            return dict(await chosen.function(call, loaded.state, request) or {})
        database = self._registry.world.database
        return dict(await database.transact(lambda: chosen.function(call, loaded.state, request)) or {})


def resource_types(prefix: str) -> list[str]:
    """The CloudFormation types that are made here and begin with a prefix (``AWS::DynamoDB``)."""
    modules = [_module(service, "cfn") for service in SERVICES if _may_begin(service, prefix)]
    kinds = [kind.name for module in modules if module is not None for kind in module.RESOURCE_TYPES]
    return [kind for kind in kinds if kind.startswith(f"{prefix}::")]


def _may_begin(service: Service, prefix: str) -> bool:
    return any(f"{prefix}::".startswith(each) for each in service.resource_prefixes)


def _module(service: Service, name: str) -> ModuleType | None:
    full = f"stratolite.services.{service.name}.{name}"
    return import_module(full) if find_spec(full) else None


def _operations(service: Service, model: ServiceModel) -> dict[str, LoadedOperation]:
    package = _module(service, "operations")
    assert package is not None, f"{service.name} has no operations"
    names = model.operation_names
    found: dict[str, LoadedOperation] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
                operation = model.operation_of_function(name)
                assert operation in names, f"{module.__name__}.{name} is no operation of {model.name}"
                found[operation] = LoadedOperation(
                    operation, model.operation(operation), function, inspect.iscoroutinefunction(function)
                )
    return found
