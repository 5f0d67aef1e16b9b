"""awsQuery: form fields in, XML out; or JSON for who accepts nothing else, as API Gateway's integrations do."""

from functools import cached_property
from typing import Any

from stratolite.http.message import Request, Response
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.faults import wants_json
from stratolite.protocol.models import OperationModel, ServiceModel
from stratolite.protocol.parse import query as parse_query
from stratolite.protocol.serialize.json import JsonWriters, Writer, encode
from stratolite.protocol.serialize.xml import Pieces, XmlWriters, escape


class QueryCodec(Codec):
    """awsQuery: form fields in, XML out."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        model = model.in_query
        operation = model.operation(operation.name)
        super().__init__(model, operation, protocol)
        self._write = XmlWriters(model).body(operation.output.members) if operation.output else None
        path_member = model.patch.get("query", {}).get("path_member", "")
        self._path_member = path_member if operation.input and path_member in operation.input.members else ""
        """The member that the URL is when nothing else says it: a request may go to the queue itself."""
        name = operation.name
        wrapper = operation.result_wrapper or (f"{name}Result" if operation.output else "")
        self._wrapper = wrapper
        self._start = f'<{name}Response xmlns="{escape(model.xml_namespace)}">' + (f"<{wrapper}>" if wrapper else "")
        end = f"</{wrapper}>" if wrapper else ""
        self._end = f"{end}<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></{name}Response>"

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        flat = parse_query.request_fields(request)
        parsed = parse_query.structure(self.model, self.operation.input, parse_query.tree(flat))
        if self._path_member and request.path != "/" and self._path_member not in parsed:
            parsed[self._path_member] = f"{request.scheme}://{request.host}{request.path}"
        return parsed

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        if request is not None and wants_json(request):
            return self._in_json(result, request_id)
        out: Pieces = [self._start]
        if self._write is not None and result:
            self._write(result, out)
        out.append(self._end % escape(request_id))
        headers = [("content-type", "text/xml"), ("x-amzn-requestid", request_id)]
        return Response(200, headers, "".join(out).encode())

    def _in_json(self, result: Result, request_id: str) -> Response:
        """The same names as in XML; members that are not there are null."""
        answer: dict[str, Any] = {"ResponseMetadata": {"RequestId": request_id}}
        if self._wrapper:
            members = self.operation.output.members if self.operation.output else {}
            told = self._write_json(result) if self._write_json is not None and result else result or {}
            answer[self._wrapper] = {**dict.fromkeys(members), **told}
        headers = [("content-type", "application/json"), ("x-amzn-requestid", request_id)]
        return Response(200, headers, encode({f"{self.operation.name}Response": answer}))

    @cached_property
    def _write_json(self) -> Writer | None:
        members = self.operation.output.members if self.operation.output else {}
        return JsonWriters(self.model, wire_names=False).structure(members)
