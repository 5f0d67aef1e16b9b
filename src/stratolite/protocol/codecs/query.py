"""awsQuery: form fields in, XML out."""

from typing import Any

from stratolite.http.message import Request, Response
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.models import OperationModel, ServiceModel
from stratolite.protocol.parse import query as parse_query
from stratolite.protocol.serialize.xml import Pieces, XmlWriters, escape


class QueryCodec(Codec):
    """awsQuery: form fields in, XML out."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        model = model.in_query
        operation = model.operation(operation.name)
        super().__init__(model, operation, protocol)
        self._write = XmlWriters(model).body(operation.output.members) if operation.output else None
        name = operation.name
        wrapper = operation.result_wrapper or (f"{name}Result" if operation.output else "")
        self._start = f'<{name}Response xmlns="{escape(model.xml_namespace)}">' + (f"<{wrapper}>" if wrapper else "")
        end = f"</{wrapper}>" if wrapper else ""
        self._end = f"{end}<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></{name}Response>"

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        flat = parse_query.request_fields(request)
        return parse_query.structure(self.model, self.operation.input, parse_query.tree(flat))

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        out: Pieces = [self._start]
        if self._write is not None and result:
            self._write(result, out)
        out.append(self._end % escape(request_id))
        headers = [("content-type", "text/xml"), ("x-amzn-requestid", request_id)]
        return Response(200, headers, "".join(out).encode())
