"""``Version: 2012-10-17`` without quotes: a date to YAML, of which the Serverless Framework makes a time stamp.

IAM knows versions of policies alone, and refuses it. Where the application is only run, the date is meant.
"""

from collections.abc import Iterator
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.serverless.compilation import Compilation

FORMAT = "AWSTemplateFormatVersion"
_MIDNIGHT = "T00:00:00.000Z"
_VERSIONS = ("2012-10-17", "2008-10-17")
RESOURCES_SHOWN_MAX = 5


def settle_versions(work: Compilation, template: dict[str, Any]) -> None:
    """Make versions of the time stamps in a template, and tell of them."""
    if not work.is_lenient:
        return
    if isinstance(template.get(FORMAT), str):
        template[FORMAT] = template[FORMAT].removesuffix(_MIDNIGHT)
    counts = {name: sum(map(_settle, _policies(one))) for name, one in template["Resources"].items()}
    changed = [name for name, count in counts.items() if count]
    if changed:
        shown = ", ".join(changed[:RESOURCES_SHOWN_MAX]) + (" ..." if len(changed) > RESOURCES_SHOWN_MAX else "")
        what = f"'Version: {_VERSIONS[0]}' without quotes is a time stamp on AWS, and refused: {shown}"
        work.warn_locally(what, kind=Kind.REFUSED_BY_AWS, about="resources")


def _settle(policy: dict[str, Any]) -> bool:
    date = policy["Version"].removesuffix(_MIDNIGHT)
    is_stamp = date != policy["Version"] and date in _VERSIONS
    if is_stamp:
        policy["Version"] = date
    return is_stamp


def _policies(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("Version"), str) and "Statement" in value:
            yield value
        for child in value.values():
            yield from _policies(child)
    elif isinstance(value, list):
        for child in value:
            yield from _policies(child)
