"""serverless-domain-manager: names under which the deployed APIs answer.

A request whose header ``Host`` names one reaches the API here; certificates and DNS records have no effect on one
machine. Source: https://github.com/amplify-education/serverless-domain-manager, ``src/models/domain-config.ts``.
"""

from collections.abc import Iterator

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.local import CustomDomain
from stratolite.templates.serverless.warned import Warn

NAMES = ("serverless-domain-manager",)
APIS = {"rest": "ApiGatewayRestApi", "http": "HttpApi", "websocket": naming.WEBSOCKET_API}
"""The logical ids of the APIs that the framework makes."""
ELSEWHERE = {
    "rest": ("apiGateway", "restApiId"),
    "http": ("httpApi", "id"),
    "websocket": ("apiGateway", "websocketApiId"),
}
"""Where ``provider`` names one that is made elsewhere."""
NO_BASE_PATH = "(none)"
DEFAULT_STAGE = "$default"


def read(document: Map, stage: str, warn: Warn) -> tuple[CustomDomain, ...]:
    """The domains of a file. ``warn`` hears of those that are left out."""
    return tuple(found for settings in _settings(document) if (found := _domain(document, settings, stage, warn)))


def _settings(document: Map) -> Iterator[Map]:
    """What ``customDomain`` and ``customDomains`` say; of the latter, also by type: ``- http: {...}``."""
    custom = document.get("custom")
    if not isinstance(custom, Map):
        return
    several = custom.get("customDomains")
    for each in (custom.get("customDomain"), *(several if isinstance(several, List) else ())):
        if not isinstance(each, Map):
            continue
        by_type = {kind: each[kind] for kind in APIS if isinstance(each.get(kind), Map)}
        for kind, one in by_type.items():
            typed = one.blank()
            typed.update({**one, "apiType": one.get("apiType", kind)})
            yield typed
        if not by_type:
            yield each


def _domain(document: Map, settings: Map, stage: str, warn: Warn) -> CustomDomain | None:
    if str(settings.get("enabled", True)).lower() in ("false", "0"):
        return None
    name = settings.get("domainName")
    if not isinstance(name, str) or not name:
        warn("a custom domain has no domainName, and is left out", settings.at, Kind.LEFT_OUT, about="plugins")
        return None
    kind = str(settings.get("apiType") or "rest").lower()
    if kind not in APIS:
        what = f"the custom domain {name} is left out: APIs of type {kind} are not run here"
        warn(what, settings.at, Kind.LEFT_OUT, about="plugins")
        return None
    base_path = str(settings.get("basePath") or "").strip().strip("/")
    base_path = "" if base_path == NO_BASE_PATH else base_path
    wanted = settings.get("stage")
    if kind == "http":
        wanted = DEFAULT_STAGE if not base_path else wanted or DEFAULT_STAGE
    section, member = ELSEWHERE[kind]
    gateway = document["provider"].get(section)
    own = gateway.get(member) if isinstance(gateway, Map) else None
    api = own if isinstance(own, str) else APIS[kind]
    return CustomDomain(name.lower(), base_path, api, str(wanted or stage), is_websocket=kind == "websocket")
