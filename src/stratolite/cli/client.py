"""How commands reach a running cloud: public operations over its admin port, in one encoding.

A command finds the cloud by ``--endpoint``, else by the note that ``up`` and ``start`` leave in the data folder, else
at the default port. Standard library alone: a command must be quick.
"""

import base64
import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stratolite.cli.note import Note
from stratolite.core.call import ACCOUNT_DEFAULT, Call
from stratolite.core.errors import UserError, answered
from stratolite.server import config

WAIT_S_MAX = 900 + 30
"""The longest a function may run, and some."""


class Client:
    """Calls public operations of a running cloud, in the form that targets use too."""

    def __init__(self, endpoint: str, region: str, account: str = ACCOUNT_DEFAULT) -> None:
        self.endpoint = endpoint
        self.region = region
        self._account = account
        self._address = urlsplit(endpoint)
        self.wait_s_max: float | None = WAIT_S_MAX
        """How long an answer is waited for; None: as long as it takes."""

    def call(self, service: str, operation: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The result of an operation, in AWS JSON (blobs are base 64). Raises AwsError, UserError."""
        return self.run(Call(account=self._account, region=self.region), service, operation, request or {})

    def run(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, in the namespace of a call."""
        status, body = self.http("POST", f"/_stratolite/operations/{service}/{operation}", request, call)
        answer = json.loads(body or b"{}")
        if status >= 300:
            code = str(answer.get("__type", "Error")).rpartition("#")[2]
            raise answered(code)(str(answer.get("message") or answer.get("Message") or ""))
        assert isinstance(answer, dict)
        return answer

    def require(self, service: str, operation: str) -> None:
        """Nothing is known of another process before it is asked."""

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, for those who wait."""
        return self.run(call, service, operation, request)

    async def ask(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, in the client's own namespace."""
        return self.call(service, operation, request)

    def post(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What one of the cloud's own requests answers (``docs/admin.md``). Raises UserError."""
        status, said = self.http("POST", f"/_stratolite/{what}", body)
        answer = json.loads(said or b"{}")
        if status >= 300:
            raise UserError(str(answer.get("message") or f"the cloud answered {status}"), exit_code=1)
        assert isinstance(answer, dict)
        return answer

    def answers(self) -> bool:
        """Whether a cloud is there."""
        try:
            return self.http("GET", "/_stratolite/health")[0] == 200
        except UserError:
            return False

    def http(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, call: Call | None = None
    ) -> tuple[int, bytes]:
        """One request to the admin port. Raises UserError when nothing answers there."""
        connection = http.client.HTTPConnection(
            self._address.hostname or "127.0.0.1", self._address.port or 80, timeout=self.wait_s_max
        )
        call = call or Call(account=self._account, region=self.region)
        # The cloud reads account and region from a signature, and checks no signature.
        scope = f"{call.account}/19700101/{call.region}/stratolite/aws4_request"
        headers = {
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "x-amz-date": "19700101T000000Z",
        }
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise UserError(
                "no cloud is running there",
                where=self.endpoint,
                todo="Start one with 'stratolite up' or 'stratolite start', or name it with --endpoint.",
                exit_code=1,
            ) from error
        finally:
            connection.close()


def connect(endpoint: str | None, region: str | None, folder: Path | None = None) -> Client:
    """A client of the cloud that is meant: the one given, the one noted in the data folder, or the default.

    The region is the one given, else that of the application which the noted cloud runs, else the environment's.
    """
    if endpoint:
        return Client(endpoint.rstrip("/"), region or config.region())
    chosen = config.read()
    note = Note.read((folder or Path()) / chosen.data)
    if note is None:
        return Client(f"http://127.0.0.1:{chosen.port}", region or config.region())
    return Client(note.endpoint, region or note.region or config.region())


def encode_blob(data: bytes) -> str:
    """Bytes as AWS JSON carries them."""
    return base64.b64encode(data).decode()


def decode_blob(text: str) -> bytes:
    """The bytes of a blob in AWS JSON."""
    return base64.b64decode(text)
