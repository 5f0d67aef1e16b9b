"""Which stage of which WebSocket API a request to upgrade means.

The path is the name of the stage, and nothing below it. Where no API is named, it is the one that was deployed last
among those with such a stage.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-wscat.html
"""

from dataclasses import dataclass
from urllib.parse import unquote

from stratolite.core.call import Call
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.http.deployed import HOST, named
from stratolite.services.apigatewayv2 import Apigatewayv2, rules
from stratolite.services.apigatewayv2.kept_stages import kept_stage
from stratolite.services.apigatewayv2.websocket.stage import LiveStage, compile_stage


class Nowhere:
    """A WebSocket API that has no such stage."""

    def reached_by(self, mapping: DomainMapping, path: str) -> None:
        """That does not help."""


@dataclass(slots=True)
class Place:
    """Where a request to upgrade arrived."""

    stage: LiveStage
    domain: str
    """``domainName`` of events: the host by which functions reach the connections of the API."""

    def reached_by(self, mapping: DomainMapping, path: str) -> None:
        """It was reached by a custom domain. On AWS ``domainName`` is that name then. Here functions would reach the
        real one by it: they are told the host of the API."""


def locate(apigatewayv2: Apigatewayv2, path: str, host: str) -> Place | Nowhere | None:
    """Where a request to upgrade arrives, or None when no WebSocket API is meant."""
    api_id, rest = named(path, host)
    name = unquote(rest, errors="replace").strip("/")
    return _find(apigatewayv2, api_id, name, host) or (Nowhere() if _is_websocket(apigatewayv2, api_id) else None)


def _find(apigatewayv2: Apigatewayv2, api_id: str, name: str, host: str) -> Place | None:
    if not name:
        return _latest(apigatewayv2) if apigatewayv2.world.serving.has_websocket_root and not api_id else None
    for each in [api_id] if api_id else apigatewayv2.stage_names().get(name, ()):
        stage = named_stage(apigatewayv2, each, name)
        if stage is not None:
            return Place(stage, host if HOST in host else _host(stage))
    return None


def named_stage(apigatewayv2: Apigatewayv2, api_id: str, name: str) -> LiveStage | None:
    """The stage of one API, compiled on first use."""
    return kept_stage(apigatewayv2.websocket_stages, compile_stage, apigatewayv2.store, api_id, name)


def _is_websocket(apigatewayv2: Apigatewayv2, api_id: str) -> bool:
    owner = apigatewayv2.store.owner_of_api(api_id) if api_id else None
    if owner is None:
        return False
    document = apigatewayv2.store.get(Call(account=owner[0], region=owner[1]), "api", "", api_id)
    return document is not None and rules.is_websocket(document)


def _latest(apigatewayv2: Apigatewayv2) -> Place | None:
    """The stage that was deployed last; None when there is none."""
    for name, api_id in apigatewayv2.store.stages():
        stage = named_stage(apigatewayv2, api_id, name)
        if stage is not None:
            return Place(stage, _host(stage))
    return None


def _host(stage: LiveStage) -> str:
    """The host that the API has on AWS. What functions send there comes here, TLS or not, whereas the address by which
    a browser came speaks no TLS, and functions put ``https://`` before what they are told."""
    return f"{stage.stage.api_id}.execute-api.{stage.stage.region}.amazonaws.com"
