"""What constructs of serverless-lift are made of: resources with the ids of the AWS CDK, outputs and permissions."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stratolite.templates.serverless.lodash import present


@dataclass(slots=True)
class Made:
    """What a construct is made of. ``parts``: the resources that ``extensions`` may change, by their names there."""

    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)


def resource(kind: str, properties: dict[str, Any], deletion: str) -> dict[str, Any]:
    """A resource that says what becomes of it (``Delete``, ``Retain``)."""
    kept = {"UpdateReplacePolicy": deletion, "DeletionPolicy": deletion}
    return {"Type": f"AWS::{kind}", "Properties": present(properties), **kept}


def allowed(service: str, actions: str, resources: list[Any]) -> dict[str, Any]:
    """The statement that allows actions of a service, parted by blanks."""
    return {"Effect": "Allow", "Action": [f"{service}:{each}" for each in actions.split()], "Resource": resources}


def attribute(name: str, member: str) -> dict[str, Any]:
    """What a resource is called, or one of its attributes."""
    return {"Fn::GetAtt": [name, member]} if member else {"Ref": name}


def logical_id(*path: str) -> str:
    """The logical id that the AWS CDK gives to what stands at a path."""
    digest = hashlib.md5("/".join(path).encode(), usedforsecurity=False).hexdigest()[:8].upper()
    words: Iterator[str] = (re.sub("[^A-Za-z0-9]", "", part) for part in path if part != "Resource")
    return f"{''.join(words)}{digest}"
