"""smithy-rpc-v2-cbor, and the older binary form of AWS JSON, in which Kinesis's Java clients speak."""

from typing import Any

from stratolite.http.message import Request, Response
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.eventstream import event_response, streamed_output
from stratolite.protocol.models import AMZ_CBOR_TYPE
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


class AmzCborCodec(Codec):
    """AWS JSON 1.1 with CBOR in the place of JSON."""

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        return parse_cbor(self.model, self.operation.input, request.body, milliseconds=True)

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        headers = [("x-amzn-requestid", request_id)]
        output = self.operation.output
        stream = streamed_output(self.model, self.operation)
        if stream is not None and result:
            return event_response(self.model, stream, result[stream.name], headers, encoding="cbor")
        headers.append(("content-type", AMZ_CBOR_TYPE))
        if output is None:
            return Response(200, headers)
        return Response(200, headers, encode_cbor(tagged(self.model, output, result or {}, milliseconds=True)))
