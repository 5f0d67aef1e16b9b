"""A definition as a whole: what it makes of an API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.apigateway.documentation import imported
from stratolite.services.apigateway.openapi import components
from stratolite.services.apigateway.openapi.document import Document, flag, listed, mapping
from stratolite.services.apigateway.openapi.methods import Method, Methods

DOCUMENTATION = "x-amazon-apigateway-documentation"
_NO_PATHS = "Parse issue: attribute paths is missing"
"""In the manner of AWS's texts about schemas that are missing."""


@dataclass(frozen=True)
class Definition:
    """Requests without the ids that come with what is made."""

    settings: dict[str, Any]
    """Members of CreateRestApi; only those that the definition says."""
    models: components.Models
    authorizers: dict[str, dict[str, Any]]
    validators: dict[str, dict[str, Any]]
    gateway_responses: list[dict[str, Any]]
    documentation: list[dict[str, Any]]
    """Parts, none if they are to be ignored."""
    methods: tuple[Method, ...]
    paths: tuple[str, ...]
    warnings: tuple[str, ...]


def read(body: bytes, parameters: Mapping[str, str]) -> Definition:
    """Read a definition; ``parameters`` are ``basepath``, ``endpointConfigurationTypes`` and ``ignore``.

    Raises BadRequestException for what is none.
    """
    document = Document(body)
    models = components.Models(document)
    authorizers = components.authorizers(document)
    reader = Methods(document, models, authorizers)
    methods = tuple(reader.read(document.base_path(parameters.get("basepath", ""))))
    return Definition(
        settings=_settings(document, parameters.get("endpointConfigurationTypes", "")),
        models=models,
        authorizers=authorizers,
        validators=components.validators(document),
        gateway_responses=components.gateway_responses(document),
        documentation=[] if parameters.get("ignore") else imported(document.root.get(DOCUMENTATION)),
        methods=methods,
        paths=tuple(reader.paths),
        warnings=(*(() if "paths" in document.root else (_NO_PATHS,)), *reader.warnings),
    )


def _settings(document: Document, endpoint_type: str) -> dict[str, Any]:
    root, info = document.root, mapping(document.root.get("info"), "info")
    settings: dict[str, Any] = {
        member: str(info[name])
        for name, member in (("title", "name"), ("description", "description"), ("version", "version"))
        if info.get(name)
    }
    if root.get("x-amazon-apigateway-api-key-source"):
        settings["apiKeySource"] = str(root["x-amazon-apigateway-api-key-source"]).upper()
    if root.get("x-amazon-apigateway-binary-media-types"):
        media_types = root["x-amazon-apigateway-binary-media-types"]
        settings["binaryMediaTypes"] = listed(media_types, "x-amazon-apigateway-binary-media-types")
    if root.get("x-amazon-apigateway-minimum-compression-size") is not None:
        size = root["x-amazon-apigateway-minimum-compression-size"]
        settings["minimumCompressionSize"] = components.number(size, "minimum-compression-size")
    if root.get("x-amazon-apigateway-policy"):
        settings["policy"] = json.dumps(root["x-amazon-apigateway-policy"])
    endpoint = mapping(root.get("x-amazon-apigateway-endpoint-configuration"), "endpoint-configuration")
    if endpoint.get("disableExecuteApiEndpoint") is not None:
        settings["disableExecuteApiEndpoint"] = flag(endpoint["disableExecuteApiEndpoint"])
    configuration: dict[str, Any] = {"types": [endpoint_type]} if endpoint_type else {}
    if endpoint.get("vpcEndpointIds"):
        configuration["vpcEndpointIds"] = listed(endpoint["vpcEndpointIds"], "vpcEndpointIds")
    if configuration:
        settings["endpointConfiguration"] = configuration
    tags = root.get("tags")
    tagged = {
        str(tag["name"]): str(tag["x-amazon-apigateway-tag-value"])
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and "x-amazon-apigateway-tag-value" in tag and "name" in tag
    }
    return {**settings, "tags": tagged} if tagged else settings
