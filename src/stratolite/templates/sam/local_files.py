"""Which properties of a template name files of this machine, as ``sam package`` and ``aws cloudformation package`` do.

Source: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import Map, mark_of, read_document

INCLUDE = "AWS::Include"
CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
}
"""Code that is packaged: the property that names its folder or file."""
DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Definition"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Body"),
}
"""Definitions that are read: the property that names the file, and the one that carries what is in it."""
NESTED = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
"""Nested stacks: the property that names their template."""
BOOTSTRAP = re.compile(r"/cdk-bootstrap/\w+/version")
CHECK = "CheckBootstrapVersion"
"""The CDK's own names for what it asks of an account before it deploys to it."""
_SHARED = {"AWS::Serverless::Function": "Function", "AWS::Serverless::Api": "Api"}
_ASSET = "aws:asset:path"
_REMOTE = ("s3://", "https://", "http://")


@dataclass
class Coded:
    """A resource with code on this machine. ``runtime`` and ``handler`` are empty where it says no text."""

    name: str
    resource: Map
    path: Path
    where: str
    runtime: str = ""
    handler: str = ""
    layers: tuple[str, ...] = ()
    """ARNs, with what stands for an account and a region still in them; empty for what the template makes."""

    @property
    def is_layer(self) -> bool:
        return str(self.resource["Type"]).endswith("LayerVersion")

    @property
    def metadata(self) -> dict[str, Any]:
        found = self.resource.get("Metadata")
        return found if isinstance(found, dict) else {}

    def put(self, bucket: str, key: str) -> None:
        """Have the resource name where its code is uploaded to."""
        kind = str(self.resource["Type"])
        names = ("Bucket", "Key") if kind.startswith("AWS::Serverless::") else ("S3Bucket", "S3Key")
        self.resource["Properties"][CODE[kind]] = {names[0]: bucket, names[1]: key}


@dataclass
class Nested:
    """A nested stack with a template on this machine."""

    name: str
    resource: Map
    path: Path
    where: str

    def put(self, url: str) -> None:
        """Have the resource name where its template is uploaded to."""
        self.resource["Properties"][NESTED[str(self.resource["Type"])]] = url


def coded(template: dict[str, Any], file: Path) -> Iterator[Coded]:
    """The resources whose code is on this machine. Raises UserError for a path where nothing is."""
    shared = template.get("Globals")
    for name, resource in template["Resources"].items():
        kind = resource.get("Type") if isinstance(resource, Map) else None
        if kind not in CODE:
            continue
        properties = resource.setdefault("Properties", Map(resource.at))
        own = shared.get(_SHARED.get(kind, ""), {}) if isinstance(shared, dict) else {}
        given = properties.get(CODE[kind], own.get(CODE[kind]))
        if given is None and kind == "AWS::Serverless::Function" and not _is_elsewhere(properties):
            given = "."  # As for 'sam build'.
        metadata = resource.get("Metadata")
        if isinstance(metadata, dict) and _ASSET in metadata and not isinstance(given, str):
            given = str(metadata[_ASSET])
            if not (file.parent / given).exists():
                continue
        if _is_elsewhere(properties) or not isinstance(given, str) or given.startswith(_REMOTE):
            continue
        path = file.parent / given
        where = str(mark_of(properties, CODE[kind]))
        if not path.exists():
            todo = "Paths are relative to the template."
            raise UserError(f"{name}: there is no {given}", where=where or str(file), todo=todo)
        texts = {key: properties.get(key, own.get(key)) for key in ("Runtime", "Handler")}
        runtime, handler = (value if isinstance(value, str) else "" for value in texts.values())
        layers = [*_list(own.get("Layers")), *_list(properties.get("Layers"))]
        yield Coded(name, resource, path, where, runtime, handler, tuple(map(_text, layers)))


def _is_elsewhere(properties: Map) -> bool:
    """Whether a function has its code in the template, or in an image."""
    return bool({"InlineCode", "ImageUri"} & set(properties)) or properties.get("PackageType") == "Image"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text, or that of ``Fn::Sub``; else nothing."""
    given = value.get("Fn::Sub") if isinstance(value, dict) else value
    return given if isinstance(given, str) else ""


def with_definitions(template: dict[str, Any], file: Path, sources: list[Path]) -> dict[str, Any]:
    """The template with definitions and snippets of this machine read into it. Raises UserError."""
    for resource in template["Resources"].values():
        kind = resource.get("Type") if isinstance(resource, Map) else None
        properties = resource.get("Properties") if kind in DEFINITIONS else None
        if isinstance(properties, Map):
            named, carried = DEFINITIONS[str(kind)]
            given = properties.get(named)
            if isinstance(given, str) and not given.startswith(_REMOTE):
                properties[carried] = _read(file.parent / given, properties, named, sources)
                del properties[named]
    for section in ("Resources", "Outputs", "Mappings"):
        if section in template:
            template[section] = _included(template[section], file, sources)
    return template


def stacks(template: dict[str, Any], file: Path) -> Iterator[Nested]:
    """The nested stacks whose templates are on this machine. Raises UserError for a path where nothing is."""
    for name, resource in template["Resources"].items():
        kind = resource.get("Type") if isinstance(resource, Map) else None
        properties = resource.get("Properties") if kind in NESTED else None
        given = properties.get(NESTED[str(kind)]) if isinstance(properties, Map) else None
        if not isinstance(given, str) or given.startswith(_REMOTE):
            continue
        where = str(mark_of(properties, NESTED[str(kind)]))
        path = file.parent / given
        if not path.is_file():
            raise UserError(f"{name}: there is no {given}", where=where, todo="Paths are relative to the template.")
        yield Nested(name, resource, path, where)


def without_bootstrap(template: dict[str, Any]) -> dict[str, Any]:
    """The template without what the CDK asks of an account: code goes to no bucket of its own making here."""
    declared = template.get("Parameters")
    rules = template.get("Rules")
    names = {
        name
        for name, one in (declared.items() if isinstance(declared, dict) else ())
        if isinstance(one, dict) and BOOTSTRAP.fullmatch(str(one.get("Default")))
    }
    if not names or not isinstance(declared, dict):
        return template
    kept = {name: one for name, one in declared.items() if name not in names}
    checks = {name: one for name, one in (rules.items() if isinstance(rules, dict) else ()) if name != CHECK}
    return {**template, "Parameters": kept, "Rules": checks}


def _read(path: Path, properties: Map, name: str, sources: list[Path]) -> Any:
    if not path.is_file():
        raise UserError(f"there is no {path}", where=str(mark_of(properties, name)))
    sources.append(path)
    return read_document(path)


def _included(value: Any, file: Path, sources: list[Path]) -> Any:
    """A value with the snippets that it includes from files beside the template."""
    if isinstance(value, list):
        for place, one in enumerate(value):
            value[place] = _included(one, file, sources)
        return value
    if not isinstance(value, Map):
        return value
    for key, one in list(value.items()):
        value[key] = _included(one, file, sources)
    transform = value.get("Fn::Transform")
    is_include = isinstance(transform, Map) and transform.get("Name") == INCLUDE
    location = transform.get("Parameters", {}).get("Location") if is_include and transform else None
    if isinstance(location, str) and not location.startswith(_REMOTE):
        snippet = _read(file.parent / location, value, "Fn::Transform", sources)
        del value["Fn::Transform"]
        for key, one in snippet.items() if isinstance(snippet, Map) else ():
            value.put(key, one, mark_of(snippet, key))
    return value
