"""Buckets of the time before April 2023: they had ACLs unless they said otherwise, and new ones have none.

AWS refuses ``AccessControl`` without ``OwnershipControls`` now. Where the application is only run, such a bucket is
made as it was then.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.serverless.bucket_names import BUCKET
from stratolite.templates.serverless.compilation import Compilation

_WITHOUT_ACL = "Private"


def settle_older_buckets(work: Compilation, template: dict[str, Any]) -> None:
    """Let buckets with a canned ACL have it, and tell of them."""
    if not work.is_lenient:
        return
    changed = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if not isinstance(properties, dict) or resource.get("Type") != BUCKET:
            continue
        if properties.get("AccessControl") in (None, _WITHOUT_ACL) or "OwnershipControls" in properties:
            continue
        properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        changed.append(name)
    if changed:
        what = "AWS refuses 'AccessControl' without 'OwnershipControls' since April 2023, and it is taken here"
        work.warn_locally(f"{what}: {', '.join(changed)}", kind=Kind.REFUSED_BY_AWS, about="resources")
