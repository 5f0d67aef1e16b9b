"""What a distribution does with requests, by their paths."""

from typing import Any

from stratolite.templates.document import copied
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import refusal
from stratolite.templates.serverless.distribution.edges import Edge
from stratolite.templates.serverless.distribution.extension import extend
from stratolite.templates.serverless.distribution.origins import Origins

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""The managed cache policy that is taken where a file names none.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"""
_UNCACHED = ("MaxTTL", "MinTTL", "DefaultTTL")


class Behaviors:
    """The behaviors of a distribution; those of one path and one origin are one."""

    def __init__(self) -> None:
        self._found: list[tuple[dict[str, Any], Edge]] = []

    def add(self, edge: Edge, origin_id: str) -> None:
        """What an event says of its path."""
        settings = edge.settings
        association: dict[str, Any] = {
            "EventType": settings.get("eventType"),
            "LambdaFunctionARN": {"Ref": edge.version},
            "IncludeBody": settings.get("includeBody"),
        }
        behavior: dict[str, Any] = {
            "ViewerProtocolPolicy": "allow-all",
            **copied(settings.get("behavior") or {}),
            **_cache_policy(edge),
            "TargetOriginId": origin_id,
            "LambdaFunctionAssociations": [{key: value for key, value in association.items() if value is not None}],
        }
        if truthy(settings.get("pathPattern")):
            behavior["PathPattern"] = settings["pathPattern"]
        before = next((one for one, _ in self._found if _place(one) == _place(behavior)), None)
        if before is None:
            self._found.append((behavior, edge))
        else:
            extend(before, behavior)
            self._check(before, edge)

    @staticmethod
    def _check(behavior: dict[str, Any], edge: Edge) -> None:
        kinds = [one.get("EventType") for one in behavior["LambdaFunctionAssociations"]]
        if len(set(kinds)) < len(kinds):
            what = f"two functions are called for {edge.settings.get('eventType')!r} of one path"
            raise refusal(what, edge.event.mark("eventType"), "A path calls one function for each type of event.")

    def in_order(self, origins: Origins) -> list[dict[str, Any]]:
        """The default, then the others. Raises UserError for paths of two origins, and without a default."""
        found = sorted(self._found, key=lambda each: "PathPattern" in each[0])
        seen: set[Any] = set()
        for behavior, edge in found:
            if behavior.get("PathPattern") in seen:
                what = "two origins are asked for the same path"
                raise refusal(what, edge.event.mark("pathPattern"), "Give one of them another 'pathPattern'.")
            seen.add(behavior.get("PathPattern"))
        behaviors = [behavior for behavior, _ in found]
        if "PathPattern" in behaviors[0]:
            origin = origins.default or origins.found[0]
            if origins.default is None and len(origins.found) > 1:
                todo = "Set 'isDefaultOrigin: true' in the event of one of them."
                raise refusal("there are several origins, and none is the default", found[0][1].event.at, todo)
            own = ("PathPattern", "LambdaFunctionAssociations")
            first = {key: value for key, value in behaviors[0].items() if key not in own}
            behaviors.insert(0, {**first, "TargetOriginId": origin["Id"]})
        return behaviors


def _place(behavior: dict[str, Any]) -> tuple[Any, Any]:
    return behavior.get("PathPattern"), behavior["TargetOriginId"]


def _cache_policy(edge: Edge) -> dict[str, Any]:
    named = edge.settings.get("cachePolicy")
    if isinstance(named, dict):
        return {"CachePolicyId": named.get("id") or {"Ref": naming.cache_policy(str(named.get("name")))}}
    given = edge.settings.get("behavior") or {}
    is_said = truthy(given.get("CachePolicyId")) or truthy(given.get("ForwardedValues"))
    if is_said or any(given.get(name) is not None for name in _UNCACHED):
        return {}
    return {"CachePolicyId": CACHING_OPTIMIZED}
