"""restJson1 and restXml: members in the path, the query, the headers and the body."""

from typing import Any

from stratolite.http.message import Request, Response
from stratolite.protocol import faults
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.models import OperationModel, ServiceModel
from stratolite.protocol.parse.rest import RestParser
from stratolite.protocol.serialize.json import JsonWriters
from stratolite.protocol.serialize.rest import RestSerializer
from stratolite.protocol.serialize.xml import XmlWriters


class RestCodec(Codec):
    """restJson1 and restXml."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        super().__init__(model, operation, protocol)
        self._parser = RestParser(model, operation)
        self.streams = self._parser.streams
        self.unpacks = protocol == "rest-json" and not self._parser.takes_bytes
        writers = JsonWriters(model) if protocol == "rest-json" else XmlWriters(model)
        self._serializer = RestSerializer(model, operation, writers)

    def parse(self, request: Request) -> dict[str, Any]:
        return self._parser.parse(request)

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        response = self._serializer.serialize(result or {})
        response.headers += faults.request_headers(self.model, request_id)
        return response
