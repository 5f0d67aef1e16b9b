"""Service models: botocore's JSON, as shapes and operations, with our corrections applied.

``patches.json`` corrects the models where AWS behaves otherwise; each entry gives its reason. A model's shapes are
materialised when they are first asked for.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from stratolite.core.errors import AwsError, UnknownOperationException

PROTOCOLS = ("json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor")
AMZ_CBOR = "amz-cbor"
"""AWS JSON in its binary form: what a request in the JSON protocol is by its type alone, where a service speaks it."""
AMZ_CBOR_TYPE = "application/x-amz-cbor-1.1"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a structure, or the element of a list or map."""

    name: str
    """The member's name in Python; empty for list and map elements."""
    shape_name: str
    wire_name: str
    """``locationName`` where the model gives one, else the name."""
    location: str = ""
    """Empty for the body, else ``uri querystring header headers statusCode``."""
    flattened: bool = False
    streaming: bool = False
    xml_attribute: bool = False
    xml_namespace: str = ""
    timestamp_format: str = ""
    json_value: bool = False
    renamed: bool = False


@dataclass(frozen=True)
class Shape:
    """One shape of a model."""

    name: str
    type: str
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    element: Member | None = None
    key: Member | None = None
    payload: str = ""
    opaque: bool = False
    """Passed through as it stands on the wire."""
    timestamp_format: str = ""
    flattened: bool = False
    wire_name: str = ""
    xml_namespace: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return bool(self.raw.get("exception") or self.raw.get("error"))

    @property
    def error_code(self) -> str:
        """The code of an error in the protocols that carry XML."""
        code: str = self.raw.get("error", {}).get("code", self.name)
        return code


@dataclass(frozen=True, eq=False)
class OperationModel:
    """One operation of a model."""

    name: str
    service: "ServiceModel"
    method: str
    uri: str
    status: int
    input: Shape | None
    output: Shape | None
    errors: tuple[str, ...]
    result_wrapper: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


class ServiceModel:
    """One service's model."""

    def __init__(self, name: str, raw: Mapping[str, Any], patch: Mapping[str, Any]) -> None:
        self.name = name
        self.patch = patch
        self._raw = raw
        self._shapes: dict[str, Shape] = {}
        self._operations: dict[str, OperationModel] = {}
        metadata = raw["metadata"]
        self.metadata: Mapping[str, Any] = metadata
        self.api_version: str = metadata["apiVersion"]
        self.target_prefix: str = metadata.get("targetPrefix", "")
        self.json_version: str = metadata.get("jsonVersion", "1.1")
        self.service_id: str = metadata["serviceId"]
        self.endpoint_prefix: str = metadata["endpointPrefix"]
        self.signing_name: str = metadata.get("signingName", metadata["endpointPrefix"])
        self.xml_namespace: str = patch.get("query", {}).get("namespace") or metadata.get(
            "xmlNamespace", f"http://{self.endpoint_prefix}.amazonaws.com/doc/{self.api_version}/"
        )
        listed = metadata.get("protocols") or [metadata["protocol"]]
        self.protocols: tuple[str, ...] = (*listed, *patch.get("protocols", {}).get("add", ()))
        self.protocol = self.protocols[0]
        """The protocol that an answer is in when the request did not say."""

    @property
    def is_query_compatible(self) -> bool:
        """Whether errors also carry the code that they had in the query protocol."""
        return "awsQueryCompatible" in self.metadata

    @cached_property
    def in_query(self) -> "ServiceModel":
        """The model by the names that the query protocol knows, where those are not the model's own."""
        names = self.patch.get("query", {}).get("names", {})
        if not names:
            return self
        shapes = dict(self._raw["shapes"])
        for place, wire_name in names.items():
            shape_name, _, part = place.partition(".")
            shape = shapes[shape_name]
            if part in ("member", "key", "value") and "members" not in shape:
                shapes[shape_name] = {**shape, part: {**shape[part], "locationName": wire_name}}
            else:
                member = {**shape["members"][part], "locationName": wire_name}
                shapes[shape_name] = {**shape, "members": {**shape["members"], part: member}}
        return ServiceModel(self.name, {**self._raw, "shapes": shapes}, self.patch)

    def query_code(self, error: AwsError) -> str:
        """The code of an error in the query protocol."""
        codes: Mapping[str, str] = self.patch.get("query", {}).get("codes", {})
        shape = self.error_shape(error)
        return codes.get(error.code) or (shape.error_code if shape is not None else error.code)

    @cached_property
    def _errors(self) -> Mapping[str, str]:
        names = [name for name, raw in self._raw["shapes"].items() if raw.get("exception") or raw.get("error")]
        codes = {self._raw["shapes"][name].get("error", {}).get("code", name): name for name in names}
        return {**codes, **{name: name for name in names}}

    def error_shape(self, error: AwsError) -> Shape | None:
        """The shape of an error, found by the exception's class name or its code."""
        name = self._errors.get(type(error).__name__) or self._errors.get(error.code)
        return None if name is None else self.shape(name)

    @cached_property
    def has_opaque(self) -> bool:
        """Whether some shape is left to the service as it stands on the wire."""
        return any(patch.get("opaque") for patch in self.patch.get("shapes", {}).values())

    @cached_property
    def operation_names(self) -> frozenset[str]:
        return frozenset(self._raw["operations"])

    @cached_property
    def shape_names(self) -> frozenset[str]:
        return frozenset(self._raw["shapes"])

    @cached_property
    def _functions(self) -> Mapping[str, str]:
        return {function_name(name): name for name in self._raw["operations"]}

    def operation_of_function(self, function: str) -> str:
        """``put_item`` is ``PutItem``; empty when no operation has that name."""
        return self._functions.get(function, "")

    def operation(self, name: str) -> OperationModel:
        """Raises UnknownOperationException."""
        known = self._operations.get(name)
        if known is None:
            raw = self._raw["operations"].get(name)
            if raw is None:
                raise UnknownOperationException(f"Unknown operation: {name}")
            known = self._operations[name] = self._operation(raw)
        return known

    def shape(self, name: str) -> Shape:
        """A shape by its name."""
        known = self._shapes.get(name)
        if known is None:
            known = self._shapes[name] = self._shape(name)
        return known

    def _operation(self, raw: Mapping[str, Any]) -> OperationModel:
        http = raw.get("http", {})
        output = raw.get("output", {})
        return OperationModel(
            name=raw["name"],
            service=self,
            method=http.get("method", "POST"),
            uri=http.get("requestUri", "/"),
            status=self.patch.get("statuses", {}).get(raw["name"]) or http.get("responseCode", 200),
            input=self.shape(raw["input"]["shape"]) if raw.get("input") else None,
            output=self.shape(output["shape"]) if output else None,
            errors=tuple(error["shape"] for error in raw.get("errors", ())),
            result_wrapper=output.get("resultWrapper", ""),
            raw=raw,
        )

    def _shape(self, name: str) -> Shape:
        raw = {**self._raw["shapes"][name], **self.patch.get("shapes", {}).get(name, {})}
        listed = {**raw.get("members", {}), **raw.get("more_members", {})}
        order = raw.get("member_order", listed)
        members = {key: _member(key, listed[key]) for key in (*order, *(key for key in listed if key not in order))}
        element = raw.get("member") or raw.get("value")
        return Shape(
            name=name,
            type=raw["type"],
            members=members,
            required=tuple(raw.get("required", ())),
            element=_member("", element) if element else None,
            key=_member("", raw["key"]) if "key" in raw else None,
            payload=raw.get("payload", ""),
            opaque=raw.get("opaque", False),
            timestamp_format=raw.get("timestampFormat", ""),
            flattened=raw.get("flattened", False),
            wire_name=raw.get("locationName", ""),
            xml_namespace=(raw.get("xmlNamespace") or {}).get("uri", ""),
            raw=raw,
        )


def _member(name: str, raw: Mapping[str, Any]) -> Member:
    return Member(
        name=name,
        shape_name=raw["shape"],
        wire_name=raw.get("locationName", name),
        location=raw.get("location", ""),
        flattened=raw.get("flattened", False),
        streaming=raw.get("streaming", False),
        xml_attribute=raw.get("xmlAttribute", False),
        xml_namespace=(raw.get("xmlNamespace") or {}).get("uri", ""),
        timestamp_format=raw.get("timestampFormat", ""),
        json_value=raw.get("jsonvalue", False),
        renamed=raw.get("locationName", name) != name,
    )


def streamed_members(model: ServiceModel, operation: OperationModel) -> list[str]:
    """The members of an operation's input that are the request's stream: none or one."""
    members = operation.input.members.values() if operation.input else ()
    return [m.name for m in members if m.streaming or model.shape(m.shape_name).raw.get("streaming")]


def function_name(operation: str) -> str:
    """``ListObjectsV2`` as ``list_objects_v2``, ``DescribeTTL`` as ``describe_ttl``."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", operation)
    words = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", words)
    return words.lower()


@cache
def service_model(name: str) -> ServiceModel:
    """A service's model by the name of botocore's data folder (``dynamodb``, ``lambda`` ...). Raises KeyError."""
    folder = _data_folder() / name
    versions = sorted(path for path in folder.iterdir()) if folder.is_dir() else []
    if not versions:
        raise KeyError(name)
    packed = versions[-1] / "service-2.json.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (versions[-1] / "service-2.json").read_bytes()
    return ServiceModel(name, msgspec.json.decode(data), patches().get(name, {}))


@cache
def patches() -> Mapping[str, Any]:
    """All corrections, by service. ``*`` holds what is true of every service."""
    loaded: Mapping[str, Any] = msgspec.json.decode((Path(__file__).parent / "patches.json").read_bytes())
    return loaded


@cache
def _data_folder() -> Path:
    # find_spec locates the package without importing it.
    spec = find_spec("botocore")
    assert spec is not None and spec.submodule_search_locations, "botocore is a dependency"
    return Path(next(iter(spec.submodule_search_locations))) / "data"
