"""Public operations of a cloud in another process, in the form that targets use."""

from collections.abc import Mapping
from typing import Any

from stratolite.cli.client import Client, OperationFailed
from stratolite.core.call import Call
from stratolite.core.errors import AwsError


class RemoteError(AwsError):
    """What a service in another process answered."""

    def __init__(self, failed: OperationFailed) -> None:
        super().__init__(failed.message)
        self.remote_code = failed.code


class RemoteOperations:
    """Runs operations over the admin port."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The result. Raises RemoteError."""
        try:
            return self._client.call(service, operation, request)
        except OperationFailed as error:
            raise RemoteError(error) from error

    async def perform(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The result. Raises RemoteError."""
        return self.run(call, service, operation, request)
