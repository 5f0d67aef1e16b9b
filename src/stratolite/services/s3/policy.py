"""The form of bucket policies.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html and recorded answers
(TestS3BucketPolicy).
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.services.s3 import api
from stratolite.services.s3.domain import Bucket

POLICY_BYTES_MAX = 20 * 1024
_REQUIRED = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


def check(text: str, bucket: Bucket) -> None:
    """Raises MalformedPolicy unless a text is a policy about a bucket or what is in it."""
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise api.MalformedPolicy("Normalized policy document exceeds the maximum allowed size of 20480 bytes.")
    try:
        document = json.loads(text) if text.startswith("{") else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise api.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    if "Statement" not in document:
        raise api.MalformedPolicy("Missing required field Statement")
    for statement in statements(document):
        for names in _REQUIRED:
            if not any(name in statement for name in names):
                raise api.MalformedPolicy(f"Missing required field {names[0]}")
        for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
            if not _is_within(resource, bucket):
                raise api.MalformedPolicy("Policy has invalid resource")


def is_public(text: str) -> bool:
    """Whether some statement allows everybody something, without a condition."""
    return any(
        statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and "*" in _principals(statement.get("Principal"))
        for statement in statements(json.loads(text))
    )


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy. Raises MalformedPolicy for what is none."""
    found = _listed(document["Statement"])
    if not all(isinstance(one, dict) for one in found):
        raise api.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _principals(value: Any) -> list[Any]:
    return _listed(value.get("AWS")) if isinstance(value, dict) else _listed(value)


def _is_within(resource: Any, bucket: Bucket) -> bool:
    """Whether a resource names the bucket, or something in it; wildcards may stand anywhere."""
    if not isinstance(resource, str) or not resource.startswith("arn:"):
        return False
    name = resource.split(":", 5)[-1].split("/", 1)[0]
    return name == bucket.name or "*" in name or "?" in name
