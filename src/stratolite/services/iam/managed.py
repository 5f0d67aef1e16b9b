"""AWS's own managed policies, which exist in every account: ``arn:aws:iam::aws:policy/...``.

Every name can be attached, since AWS adds new ones all the time. The documents of those that serverless applications
use are in ``managed.json``, as AWS publishes them; the other documents are refused by name.
"""

import hashlib
import json
import re
from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from stratolite.services.iam.domain import Policy, Version

_ARN = re.compile(r"arn:(aws[a-z-]*):iam::aws:policy/((?:[\x21-\x7e]+/)?)([\w+=,.@-]{1,128})", re.ASCII)


def managed(arn: str) -> Policy | None:
    """One of AWS's policies; None for another ARN. Its document is empty where it is not known."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    path, name = found[2], found[3]
    known = _documents().get(path + name)
    version = known["version"] if known else "v1"
    created, updated = (_epoch_s(known[key]) if known else 0 for key in ("created", "updated"))
    document = json.dumps(known["document"], separators=(",", ":")) if known else ""
    return Policy(name, f"/{path}", _id(arn), arn, created, updated, version, [Version(version, document, updated)])


def all_managed(partition: str) -> Iterator[Policy]:
    """AWS's policies whose documents are known, in order of path and name."""
    for name in _documents():
        policy = managed(f"arn:{partition}:iam::aws:policy/{name}")
        assert policy is not None, name
        yield policy


@cache
def _documents() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads((files(__package__) / "managed.json").read_text())
    return loaded


def _epoch_s(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _id(arn: str) -> str:
    """The same for an ARN in every cloud, as on AWS."""
    return "ANPA" + b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
