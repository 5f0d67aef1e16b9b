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

from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.errors import UserError
from stratolite.server.config import DATA_DEFAULT, PORT_DEFAULT

NOTE = "cloud.json"
WAIT_S_MAX = 900 + 30
"""The longest a function may run, and some."""


class OperationFailed(Exception):
    """A service answered an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Client:
    """Calls public operations of a running cloud."""

    def __init__(self, endpoint: str, region: str, account: str = ACCOUNT_DEFAULT) -> None:
        self.endpoint = endpoint
        self.region = region
        self._address = urlsplit(endpoint)
        self._authorization = (
            f"AWS4-HMAC-SHA256 Credential={account}/19700101/{region}/stratolite/aws4_request, "
            "SignedHeaders=host, Signature=0"
        )

    def call(self, service: str, operation: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The result of an operation, in AWS JSON (blobs are base 64). Raises OperationFailed, UserError."""
        status, body = self.http("POST", f"/_stratolite/operations/{service}/{operation}", request or {})
        answer = json.loads(body or b"{}")
        if status >= 300:
            code = str(answer.get("__type", "Error")).rpartition("#")[2]
            raise OperationFailed(code, str(answer.get("message") or answer.get("Message") or ""))
        assert isinstance(answer, dict)
        return answer

    def http(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
        """One request to the admin port. Raises UserError when nothing answers there."""
        connection = http.client.HTTPConnection(
            self._address.hostname or "127.0.0.1", self._address.port or 80, timeout=WAIT_S_MAX
        )
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"authorization": self._authorization})
            response = connection.getresponse()
            return response.status, response.read()
        except OSError as error:
            raise UserError(
                "no cloud is running there",
                where=self.endpoint,
                todo="Start one with 'stratolite up' or 'stratolite start', or name it with --endpoint.",
                exit_code=1,
            ) from error
        finally:
            connection.close()


def locate(endpoint: str | None, folder: Path | None = None) -> str:
    """The endpoint to use: the one given, the one noted in the data folder, or the default."""
    if endpoint:
        return endpoint.rstrip("/")
    note = (folder or Path()) / DATA_DEFAULT / "run" / NOTE
    try:
        return str(json.loads(note.read_text())["endpoint"])
    except (OSError, ValueError, KeyError):
        return f"http://127.0.0.1:{PORT_DEFAULT}"


def encode_blob(data: bytes) -> str:
    """Bytes as AWS JSON carries them."""
    return base64.b64encode(data).decode()


def decode_blob(text: str) -> bytes:
    """The bytes of a blob in AWS JSON."""
    return base64.b64decode(text)
