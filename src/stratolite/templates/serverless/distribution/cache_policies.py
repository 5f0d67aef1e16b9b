"""What ``provider.cloudFront.cachePolicies`` describes: how long, and by what of a request, answers are kept."""

from collections.abc import Sequence

from stratolite.core.warning import Kind
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.lodash import items


def make_cache_policies(work: Compilation, events: Sequence[Event]) -> None:
    """The policies; those that no event names are warned of."""
    service = work.service
    found = service.setting("cloudFront", "cachePolicies")
    policies = found if isinstance(found, dict) else {}
    for name, settings in items(policies):
        config = {**settings, "Name": f"{service.name}-{service.stage}-{name}"}
        work.put(naming.cache_policy(name), "AWS::CloudFront::CachePolicy", {"CachePolicyConfig": config})
    unused = dict.fromkeys(policies)
    for event in events:
        named = event.settings.get("cachePolicy") if isinstance(event.settings, dict) else None
        unused.pop(named.get("name") if isinstance(named, dict) else None, None)
    for name in unused:
        at = service.mark("provider", "cloudFront", "cachePolicies", name)
        work.warn(f"no event 'cloudFront' uses the cache policy {name!r}", at, Kind.NO_EFFECT)
