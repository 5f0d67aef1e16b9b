"""Codecs: one operation in one protocol, compiled once, from request to values and from values to response.

``codecs/`` has one module a protocol, imported when the protocol is first spoken.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.http.message import Request, Response
from stratolite.protocol.faults import fault
from stratolite.protocol.models import AMZ_CBOR, OperationModel, ServiceModel

Result = Mapping[str, Any] | None


class Codec(ABC):
    """Parses requests and serialises results of one operation. Costs a few microseconds beyond the encoding itself."""

    streams = False
    """Whether a member of the input is the request's ``stream``, which nobody may read before the operation."""
    unpacks = True
    """Whether a compressed body is unpacked before it is parsed: not where the body is the user's own bytes."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        self.model = model
        self.operation = operation
        self.protocol = protocol

    @abstractmethod
    def parse(self, request: Request) -> dict[str, Any]:
        """Python values by the model's member names. Raises SerializationException or the protocol's equivalent."""

    def check_opaque(self, request: Request) -> None:  # noqa: B027 - most codecs leave nothing to the service
        """Check the wire types of what ``parse`` leaves to the service: in a request that is refused for another
        reason they come first. Raises SerializationException."""

    @abstractmethod
    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        """The response of a result: str, int, float, bool, bytes, list and dict by the model's member names."""

    def error(self, error: AwsError, request_id: str, request: Request | None = None) -> Response:
        """The response of an error."""
        return fault(self.model, self.protocol, error, request_id, request)


_CODECS = {
    "json": ("json", "JsonCodec"),
    "query": ("query", "QueryCodec"),
    "rest-json": ("rest", "RestCodec"),
    "rest-xml": ("rest", "RestCodec"),
    "smithy-rpc-v2-cbor": ("cbor", "CborCodec"),
    AMZ_CBOR: ("cbor", "AmzCborCodec"),
}


@cache
def codec(model: ServiceModel, operation: str, protocol: str) -> Codec:
    """The codec of an operation in one of ``models.PROTOCOLS`` or in ``AMZ_CBOR``. Raises UnknownOperationException."""
    module, name = _CODECS[protocol]
    made: Codec = getattr(import_module(f"stratolite.protocol.codecs.{module}"), name)(
        model, model.operation(operation), protocol
    )
    return made
