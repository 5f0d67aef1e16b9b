"""What statements of roles name as resources and what is no ARN: ``<your-table-arn>``, ``arn:aws:s3:my-bucket/*``.

They stand in repositories for others to fill in, or are mistakes. IAM refuses them; where the application is only run,
ARNs of that form are in their places.
"""

import re
from collections.abc import Iterator
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.variables.stand_in import arn_for, text_for

MEMBERS = ("Resource", "NotResource")
SHOWN_MAX = 5
_BUCKET = re.compile(r"(arn:[^:]*:s3):([^:]+)")


def settle_policy_resources(work: Compilation, template: dict[str, Any]) -> None:
    """Put ARNs in place of texts that are none, and tell of them."""
    if not work.is_lenient:
        return
    told: dict[str, None] = {}
    for resource in template["Resources"].values():
        if not isinstance(resource, dict) or not str(resource.get("Type")).startswith("AWS::IAM::"):
            continue
        for container, key in _places(resource.get("Properties")):
            text = container[key]
            bucket = _BUCKET.fullmatch(text)
            if bucket is not None:
                container[key] = f"{bucket[1]}:::{bucket[2]}"
            elif ":" not in text and text != "*":
                container[key] = arn_for(text_for(text), work.service.region, work.account)
            if container[key] != text:
                told[text] = None
    if told:
        shown = ", ".join(map(repr, [*told][:SHOWN_MAX])) + (" ..." if len(told) > SHOWN_MAX else "")
        what = f"these resources of policies are no ARNs, which AWS refuses: {shown}"
        work.warn_locally(what, kind=Kind.REFUSED_BY_AWS, about="resources")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where statements name resources: a container and a key in it."""
    if isinstance(value, dict):
        for name in MEMBERS if "Effect" in value else ():
            named = value.get(name)
            if isinstance(named, str):
                yield value, name
            for index, one in enumerate(named if isinstance(named, list) else ()):
                if isinstance(one, str):
                    yield named, index
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _places(child)
