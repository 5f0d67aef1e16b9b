"""smithy-rpc-v2-cbor."""

from typing import Any

from stratolite.http.message import Request, Response
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.parse.cbor import parse_cbor
from stratolite.protocol.serialize.cbor import encode_cbor, tagged


class CborCodec(Codec):
    """smithy-rpc-v2-cbor."""

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        return parse_cbor(self.model, self.operation.input, request.body)

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        headers = [("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-requestid", request_id)]
        if self.operation.output is None:
            return Response(200, headers)
        headers.append(("content-type", "application/cbor"))
        return Response(200, headers, encode_cbor(tagged(self.model, self.operation.output, result or {})))
