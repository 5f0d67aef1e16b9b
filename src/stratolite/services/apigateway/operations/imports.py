"""Imports: an API made, changed or made anew, from a definition (``openapi/``) by the API's own operations."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.apigateway import Apigateway, api, documentation, rules
from stratolite.services.apigateway.openapi.definition import Definition, read
from stratolite.services.apigateway.openapi.document import failed
from stratolite.services.apigateway.openapi.methods import Method
from stratolite.services.apigateway.store import Kind, below
from stratolite.storage.documents import Document, shown

_REPLACED = ("apiKeySource", "disableExecuteApiEndpoint", "name", "policy")
"""What keeps its value where a definition says nothing of it, even if it overwrites the API."""


def import_rest_api(call: Call, apigateway: Apigateway, request: api.ImportRestApiRequest) -> api.RestApi:
    """Make an API from a definition. https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html"""
    definition = _read(request)
    settings = {"name": "", **definition.settings}
    made = apigateway.world.operations.run(call, "apigateway", "CreateRestApi", settings)
    for model in apigateway.store.all(call, "model", made["id"]):
        apigateway.store.delete(call, "model", made["id"], model["name"])
    _Filling(call, apigateway, made["id"]).fill(definition)
    return shown({**made, **_warnings(definition)}, api.RestApi)


def put_rest_api(call: Call, apigateway: Apigateway, request: api.PutRestApiRequest) -> api.RestApi:
    """Add a definition to an API (``merge``), or make the API what it says (``overwrite``).

    Ids of the API and of paths that stay are kept; stages show the change after their next deployment.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html
    """
    api_id, store = request["restApiId"], apigateway.store
    document = rules.found(store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    definition = _read(request)
    filling = _Filling(call, apigateway, api_id)
    overwrites = request.get("mode") == "overwrite"
    if overwrites:
        filling.clear(definition)
    _set(document, definition.settings, overwrites=overwrites)
    store.put(call, "restapi", "", api_id, document)
    filling.fill(definition)
    return shown({"tags": {}, **document, **_warnings(definition)}, api.RestApi)


def _read(request: Mapping[str, Any]) -> Definition:
    parameters = {name: str(value) for name, value in (request.get("parameters") or {}).items()}
    if parameters.get("ignore") not in (None, "documentation"):
        rules.unimplemented(f"ignore={parameters['ignore']}", "documentation can be ignored, and nothing else")
    definition = read(request["body"], parameters)
    if request.get("failOnWarnings") and definition.warnings:
        told = "\n\t".join(definition.warnings)
        raise api.BadRequestException(f"Warnings found during import:\n\t{told}")
    return definition


def _warnings(definition: Definition) -> dict[str, Any]:
    return {"warnings": list(definition.warnings)} if definition.warnings else {}


def _set(document: Document, settings: Mapping[str, Any], *, overwrites: bool) -> None:
    """Bring an API's own settings to what a definition says."""
    if overwrites:
        for field in ("description", "version", "binaryMediaTypes", "minimumCompressionSize"):
            document.pop(field, None)
    document |= {field: settings[field] for field in (*_REPLACED, "description", "version") if field in settings}
    if "minimumCompressionSize" in settings:
        document["minimumCompressionSize"] = rules.compression_size(settings["minimumCompressionSize"])
    if "endpointConfiguration" in settings:
        document["endpointConfiguration"] = rules.endpoint_configuration(
            {**document["endpointConfiguration"], **settings["endpointConfiguration"]}
        )
    types = dict.fromkeys((*document.get("binaryMediaTypes", ()), *settings.get("binaryMediaTypes", ())))
    if types:
        document["binaryMediaTypes"] = list(types)
    if "tags" in settings:
        document["tags"] = {**document.get("tags", {}), **settings["tags"]}


class _Filling:
    """An API that gets what a definition says."""

    def __init__(self, call: Call, apigateway: Apigateway, api_id: str) -> None:
        self._call, self._apigateway, self._store, self._api_id = call, apigateway, apigateway.store, api_id
        resources = self._store.all(call, "resource", api_id)
        self._resources = {resource["path"]: resource for resource in resources}
        # Deployments show what they froze; what is made anew under a known name is the same to its clients.
        self._ids = {kind: self._named(kind) for kind in ("authorizer", "validator")}

    def clear(self, definition: Definition) -> None:
        """Take away what the definition does not have; what it has is made anew."""
        kept = {"/"}
        for path in definition.paths:
            parts = path.strip("/").split("/")
            kept |= {"/" + "/".join(parts[: count + 1]) for count in range(len(parts))}
        for path, resource in list(self._resources.items()):
            self._store.delete_below(self._call, below(self._api_id, resource["id"]))
            if path not in kept:
                self._store.delete(self._call, "resource", self._api_id, resource["id"])
                del self._resources[path]
        kinds: tuple[tuple[Kind, str], ...] = (
            ("model", "name"),
            ("authorizer", "id"),
            ("validator", "id"),
            ("gateway_response", "responseType"),
            ("documentation_part", "id"),
        )
        for kind, key in kinds:
            for each in self._store.all(self._call, kind, self._api_id):
                self._store.delete(self._call, kind, self._api_id, each[key])

    def fill(self, definition: Definition) -> None:
        """Make what a definition says, in the place of what has its name. Raises BadRequestException."""
        authorizers = {
            name: self._replace("authorizer", name, f"authorizer '{name}'", "CreateAuthorizer", given)
            for name, given in definition.authorizers.items()
        }
        validators = {
            name: self._replace("validator", name, f"request validator '{name}'", "CreateRequestValidator", given)
            for name, given in definition.validators.items()
        }
        for model in definition.models.requests(self._api_id):
            self._store.delete(self._call, "model", self._api_id, model["name"])
            self._run(f"create model for '{model['name']}'", "CreateModel", model)
        for path in definition.paths:
            self._resource(path)
        for method in definition.methods:
            self._method(method, authorizers, validators)
        for response in definition.gateway_responses:
            self._run(f"put gateway response '{response['responseType']}'", "PutGatewayResponse", response)
        documentation.put(self._call, self._apigateway, self._api_id, definition.documentation)

    def _named(self, kind: Kind) -> dict[str, str]:
        documents = self._store.all(self._call, kind, self._api_id)
        return {document["name"]: document["id"] for document in documents if "name" in document}

    def _replace(self, kind: Kind, name: str, what: str, operation: str, request: Mapping[str, Any]) -> str:
        """Make an authorizer or validator; one of its name gives it its id, because methods may have that."""
        made = self._run(f"create {what}", operation, request)
        known = self._ids[kind].get(name)
        if known is None:
            return str(made["id"])
        self._store.delete(self._call, kind, self._api_id, made["id"])
        self._store.put(self._call, kind, self._api_id, known, {**made, "id": known})
        return known

    def _resource(self, path: str) -> str:
        """The id of a path's resource, which is made with those above it where it is not there yet."""
        if path in self._resources:
            return str(self._resources[path]["id"])
        above, _, part = path.rpartition("/")
        request = {"parentId": self._resource(above or "/"), "pathPart": part}
        self._resources[path] = self._run(f"create resource at path '{path}'", "CreateResource", request)
        return str(self._resources[path]["id"])

    def _method(self, method: Method, authorizers: Mapping[str, str], validators: Mapping[str, str]) -> None:
        where = {"resourceId": self._resource(method.path), "httpMethod": method.verb}
        place = f"on '{method.verb}' for resource at path '{method.path}'"
        put = f"put method '{method.verb}' on resource at path '{method.path}'"
        request = dict(method.request)
        if method.authorizer:
            request["authorizerId"] = authorizers[method.authorizer]
        if method.validator:
            if method.validator not in validators:
                raise failed(f"Unable to {put}: {rules.NO_VALIDATOR}")
            request["requestValidatorId"] = validators[method.validator]
        self._store.delete(self._call, "method", below(self._api_id, where["resourceId"]), method.verb)
        self._run(put, "PutMethod", {**where, **request})
        for response in method.responses:
            self._run(f"put method response {place}", "PutMethodResponse", {**where, **response})
        if method.integration is not None:
            self._run(f"put integration {place}", "PutIntegration", {**where, **method.integration})
        for response in method.integration_responses:
            self._run(f"put integration response {place}", "PutIntegrationResponse", {**where, **response})

    def _run(self, what: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One operation on the API. What it refuses is told as AWS tells it of definitions."""
        operations = self._apigateway.world.operations
        try:
            return operations.run(self._call, "apigateway", operation, {"restApiId": self._api_id, **request})
        except NotImplementedHere:
            raise
        except AwsError as error:
            raise failed(f"Unable to {what}: {error.message}") from None
