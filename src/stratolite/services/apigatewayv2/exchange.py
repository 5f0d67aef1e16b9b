"""One request to an HTTP API, from its arrival to its response: what every part of the data plane looks at."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.ids import Ids
from stratolite.http.message import Request
from stratolite.services.apigatewayv2.locate import Place
from stratolite.services.apigatewayv2.stage import LiveRoute


class Exchange:
    """A request with the stage that it reached. ``route`` is set once there is one."""

    # What most requests never set is the class's own, as in REST APIs.
    route: LiveRoute
    body = b""
    is_path_mapped = False
    authorizer: Mapping[str, Any] | None = None
    """``requestContext.authorizer`` of format 2.0: ``{"jwt": ...}``, ``{"lambda": ...}`` or ``{"iam": ...}``."""
    principal_id = ""
    authorizer_error = ""
    integration_error = ""
    integration_status = ""
    integration_s = -1.0
    """How long the integration took; negative until it has answered."""

    def __init__(self, request: Request, place: Place, ids: Ids, now_ms: int) -> None:
        self.request = request
        """What the integration is to see: parameter mapping puts another one here."""
        self.place = place
        self.stage = place.stage
        self.path = place.shown_path
        """The path that the integration is to see, decoded, with the stage's name."""
        self.ids = ids
        self.now_ms = now_ms

    @property
    def request_id(self) -> str:
        """What the client sees as ``apigw-requestid``."""
        return self.ids.extended
