"""The tree of paths: one AWS::ApiGateway::Resource a part of a path, below those that exist already."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.request import Placed
from stratolite.templates.serverless.api.rest_api import rest_api_id, root_resource_id
from stratolite.templates.serverless.compilation import Compilation, refusal

Paths = dict[str, Any]
"""The resource id of each path."""


def make_paths(work: Compilation, routes: Sequence[Placed]) -> Paths:
    """Resources for all paths of the routes that are not predefined (``restApiResources``)."""
    service = work.service
    predefined = _predefined(service.section("apiGateway").get("restApiResources"))
    paths: Paths = {"": root_resource_id(service), **predefined}
    for route in routes:
        parts = route.path.split("/") if route.path else []
        prefixes = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
        known = max(depth for depth, prefix in enumerate(prefixes) if prefix in paths)
        for depth in range(known, len(parts)):
            path = prefixes[depth + 1]
            if any(other.startswith(f"{path}/") for other in predefined):
                todo = f"Add the id of {path!r} to provider.apiGateway.restApiResources."
                raise refusal(f"the path {path!r} exists, and its resource id is not known", route.at, todo)
            paths[path] = _make(work, paths[prefixes[depth]], path, parts[depth])
    return paths


def _make(work: Compilation, parent: Any, path: str, part: str) -> dict[str, str]:
    logical_id = naming.api_resource(path)
    properties = {"ParentId": parent, "PathPart": part, "RestApiId": rest_api_id(work.service)}
    work.merge(logical_id, "AWS::ApiGateway::Resource", properties)
    return {"Ref": logical_id}


def _predefined(given: Any) -> Paths:
    """Paths that exist, as a list of ``path`` and ``resourceId`` or as a map."""
    if isinstance(given, dict):
        return {path.strip("/"): resource_id for path, resource_id in given.items()}
    return {str(each.get("path")).strip("/"): each.get("resourceId") for each in given or ()}
