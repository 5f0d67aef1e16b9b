"""Buckets of the time before April 2023: they had ACLs and could be public unless they said otherwise.

AWS refuses ``AccessControl`` without ``OwnershipControls`` now, and public policies and lists without
``PublicAccessBlockConfiguration``. Where the application is only run, such a bucket is made as it was then.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from collections.abc import Iterator
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.serverless.bucket_names import BUCKET
from stratolite.templates.serverless.compilation import Compilation

_WITHOUT_ACL = "Private"
_PUBLIC = frozenset({"PublicRead", "PublicReadWrite", "AuthenticatedRead"})
_POLICY = "AWS::S3::BucketPolicy"
_SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_SINCE = "since April 2023, and it is taken here"


def settle_older_buckets(work: Compilation, template: dict[str, Any]) -> None:
    """Let buckets with a canned ACL have it, and be public that are meant to be; tell of them."""
    if not work.is_lenient:
        return
    buckets = dict(_properties(template, BUCKET))
    with_lists = []
    for name, properties in buckets.items():
        if properties.get("AccessControl") in (None, _WITHOUT_ACL) or "OwnershipControls" in properties:
            continue
        properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        with_lists.append(name)
    public = []
    open_to_all = _open_to_all(template)
    for name, properties in buckets.items():
        is_public = (
            properties.get("AccessControl") in _PUBLIC or {name, str(properties.get("BucketName"))} & open_to_all
        )
        if is_public and "PublicAccessBlockConfiguration" not in properties:
            properties["PublicAccessBlockConfiguration"] = dict.fromkeys(_SWITCHES, False)
            template["Resources"][name]["Properties"] = properties
            public.append(name)
    if with_lists:
        what = f"AWS refuses 'AccessControl' without 'OwnershipControls' {_SINCE}"
        work.warn_locally(f"{what}: {', '.join(with_lists)}", kind=Kind.REFUSED_BY_AWS, about="resources")
    if public:
        what = f"AWS refuses public buckets without 'PublicAccessBlockConfiguration' {_SINCE}"
        work.warn_locally(f"{what}: {', '.join(public)}", kind=Kind.REFUSED_BY_AWS, about="resources")


def _properties(template: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources of a type, with their properties, which are not in the template where it has none."""
    for name, resource in template["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") == kind:
            properties = resource.get("Properties", {})
            if isinstance(properties, dict):
                yield name, properties


def _open_to_all(template: dict[str, Any]) -> frozenset[str]:
    """Logical ids and names of buckets that a policy opens to everybody."""
    found = set()
    for _, properties in _properties(template, _POLICY):
        document, bucket = properties.get("PolicyDocument"), properties.get("Bucket")
        statements = document.get("Statement") if isinstance(document, dict) else None
        listed = statements if isinstance(statements, list) else [statements]
        if any(_is_open(statement) for statement in listed):
            found.add(str(bucket.get("Ref") if isinstance(bucket, dict) else bucket))
    return frozenset(found)


def _is_open(statement: Any) -> bool:
    """Whether a statement allows everybody something, without a condition."""
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow" or statement.get("Condition"):
        return False
    principal = statement.get("Principal")
    who = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in (who if isinstance(who, list) else [who])
