"""serverless-plugin-existing-s3: events of a bucket that is there already, which the framework has by now itself.

The plugin sets the bucket's notifications by a command of its own after a deployment; here they are part of it.
Source: https://github.com/matt-filion/serverless-external-s3-event (2.4.0).
"""

from typing import Any

from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.serverless.plugins.configuration import Configuration, written

EVENT_DEFAULT = "s3:ObjectCreated:*"


def use_framework(configuration: Configuration) -> None:
    """Write ``existingS3`` events as events ``s3`` with ``existing: true``, one for each kind."""
    for _, function in configuration.functions:
        events = function.get("events")
        if not isinstance(events, List):
            continue
        rewritten = List(events.at)
        for index, event in enumerate(events):
            at = mark_of(events, index)
            wanted = event.get("existingS3") if isinstance(event, Map) else None
            for each in _events(wanted) if isinstance(wanted, Map) else [event]:
                rewritten.put(written(each, at), at)
        function.put("events", rewritten, mark_of(function, "events"))


def _events(wanted: Map) -> list[dict[str, Any]]:
    kinds = wanted.get("events") or wanted.get("bucketEvents") or EVENT_DEFAULT
    rules = wanted.get("rules") or wanted.get("eventRules")
    event = {"bucket": wanted.get("bucket"), "existing": True, **({"rules": rules} if rules else {})}
    return [{"s3": {**event, "event": kind}} for kind in (kinds if isinstance(kinds, list) else [kinds])]
