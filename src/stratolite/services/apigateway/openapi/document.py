"""The text of a definition: parsed, with its references and its base path."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from stratolite.services.apigateway import api

DEFINITION_BYTES_MAX = 6 * 1024 * 1024
REFERENCES_MAX = 16
"""How many references may lead to one another."""
NO_DEFINITION = "Invalid OpenAPI input."
_VARIABLE = re.compile(r"\{([^{}]+)\}")


def failed(what: str) -> api.BadRequestException:
    """What AWS says of a definition of which something cannot be made."""
    return api.BadRequestException(f"Errors found during import:\n\t{what}")


def mapping(value: Any, name: str) -> dict[str, Any]:
    """A map of the definition, empty where it is not said. Raises BadRequestException for what is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise failed(f"Parse issue: attribute {name} is not of type `object`")
    return value


class Document:
    """A definition as it was written."""

    def __init__(self, body: bytes) -> None:
        """Raises BadRequestException for what is no definition."""
        if len(body) > DEFINITION_BYTES_MAX:
            raise api.BadRequestException("The API definition file exceeds its maximum size of 6 MB")
        self.root = parse(body, NO_DEFINITION)
        version = str(self.root.get("swagger") or self.root.get("openapi") or "")
        if version != "2.0" and not version.startswith("3.0"):
            raise api.BadRequestException(NO_DEFINITION)
        self.is_swagger = version == "2.0"
        self.components = mapping(self.root.get("components"), "components")

    def part(self, swagger: str, component: str) -> dict[str, Any]:
        """Named things, which Swagger and OpenAPI keep in different places."""
        if self.is_swagger:
            return mapping(self.root.get(swagger), swagger)
        return mapping(self.components.get(component), f"components.{component}")

    def resolve(self, value: Any, name: str) -> dict[str, Any]:
        """A map, or the one that its ``$ref`` names. Raises BadRequestException for a reference to nothing."""
        found = mapping(value, name)
        for _ in range(REFERENCES_MAX):
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            found = mapping(self._find(reference), name)
        raise failed(f"Parse issue: attribute {name} refers to itself")

    def _find(self, reference: str) -> Any:
        here: Any = self.root
        for part in reference.removeprefix("#/").split("/"):
            here = here.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(here, dict) else None
        if here is None or not reference.startswith("#/"):
            raise failed(f"Unable to find {reference}")
        return here

    def base_path(self, how: str) -> str:
        """What stands before every path: ``ignore``, ``prepend`` or ``split`` (all but its first part).

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html
        """
        if how not in ("", "ignore", "prepend", "split"):
            # AWS's text is not recorded.
            raise api.BadRequestException("Invalid basepath specified. Valid options are ignore,prepend,split")
        parts = [part for part in self._written_base_path().split("/") if part]
        kept = {"prepend": parts, "split": parts[1:]}.get(how, [])
        return "".join(f"/{part}" for part in kept)

    def _written_base_path(self) -> str:
        if self.is_swagger:
            return str(self.root.get("basePath") or "")
        servers = self.root.get("servers")
        server = mapping(servers[0], "servers") if isinstance(servers, list) and servers else {}
        variables = mapping(server.get("variables"), "servers.variables")

        def fill(found: re.Match[str]) -> str:
            return str(mapping(variables.get(found[1]), "servers.variables").get("default") or "")

        url = _VARIABLE.sub(fill, str(server.get("url") or ""))
        try:
            return urlsplit(url).path
        except ValueError:
            return ""


def parse(body: bytes, told: str) -> dict[str, Any]:
    """The map that JSON or YAML holds. Raises BadRequestException(``told``) for what holds none."""
    try:
        document = json.loads(body)
    except (RecursionError, ValueError):
        document = _yaml(body)
    if not isinstance(document, dict):
        raise api.BadRequestException(told)
    return document


def _yaml(body: bytes) -> Any:
    """What YAML holds, as JSON would: dates and names that are numbers are text. None for what is none.

    Not every JSON is YAML: that has no tabs.
    """
    # Slow to import: only what is no JSON pays for it.
    import yaml

    try:
        return json.loads(json.dumps(yaml.safe_load(body.decode()), default=str))
    except (yaml.YAMLError, RecursionError, TypeError, ValueError):
        return None


def flag(value: Any) -> bool:
    """A truth value; templates have them as texts, too."""
    return value in (True, "true", "True")


def listed(value: Any, name: str) -> list[str]:
    """A list of texts. Raises BadRequestException for what is none."""
    if not isinstance(value, list):
        raise failed(f"Parse issue: attribute {name} is not of type `array`")
    return [str(each) for each in value]


def texts(given: Mapping[str, Any]) -> dict[str, str]:
    """A map of texts."""
    return {str(name): str(value) for name, value in given.items()}
