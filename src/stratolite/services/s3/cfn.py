"""CloudFormation's view of S3: ``AWS::S3::Bucket`` and ``AWS::S3::BucketPolicy``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.protocol import timestamps
from stratolite.services.s3.ownership import BUCKET_ACLS, ENFORCED, PUBLIC_ACCESS_SWITCHES

BUCKET_NAME_LENGTH_MAX = 63
_GONE = frozenset({"NoSuchBucket"})

Request = Mapping[str, Any]
_Writer = Callable[[Any], Request]
"""From a property to the members of the operation that sets it."""


def _create_bucket(work: Work) -> Made:
    name = work.properties.get("BucketName") or work.generated_name(BUCKET_NAME_LENGTH_MAX, "lower")
    request: dict[str, Any] = {"Bucket": name, "ObjectOwnership": _ownership(work.properties)}
    if work.call.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": work.call.region}
    if work.properties.get("ObjectLockEnabled"):
        request["ObjectLockEnabledForBucket"] = True
    _refuse_existing(work, name)
    work.operate("CreateBucket", request)
    for property_name in _SETTINGS:
        if work.properties.get(property_name) is not None:
            _set(work, name, property_name)
    acl = _acl(work.properties)
    if acl is not None:
        # At last: a new bucket blocks public lists unless a property says otherwise.
        work.operate("PutBucketAcl", {"Bucket": name, "ACL": acl})
    return _bucket(work, name)


def _refuse_existing(work: Work, name: str) -> None:
    """In us-east-1 making one's own bucket again is no error for a client, but it is one for a template."""
    try:
        work.operate("HeadBucket", {"Bucket": name})
    except AwsError as error:
        if error.code not in _GONE:
            raise
        return
    raise AlreadyExists(f"{name} already exists")


class AlreadyExists(AwsError):
    """The name of a new bucket is taken."""


def _update_bucket(work: Work) -> Made:
    name = work.physical_id
    acl, former = _acl(work.properties), _acl(work.previous)
    if former is not None and acl is None:
        # Before an ownership that takes no list with grants.
        work.operate("PutBucketAcl", {"Bucket": name, "ACL": "private"})
    for property_name in _SETTINGS:
        if work.properties.get(property_name) != work.previous.get(property_name):
            _set(work, name, property_name)
    is_locked_now = work.properties.get("ObjectLockEnabled") and not work.previous.get("ObjectLockEnabled")
    if is_locked_now and not work.properties.get("ObjectLockConfiguration"):
        work.operate("PutObjectLockConfiguration", {"Bucket": name, "ObjectLockConfiguration": _LOCKED})
    if acl is not None and acl != former:
        work.operate("PutBucketAcl", {"Bucket": name, "ACL": acl})
    return _bucket(work, name)


def _set(work: Work, name: str, property_name: str) -> None:
    """Set what a property says; take it away when the template says nothing any more."""
    put, delete, members = _SETTINGS[property_name]
    value = work.properties.get(property_name)
    if value is None and delete:
        work.operate(delete, {"Bucket": name})
    else:
        work.operate(put, {"Bucket": name, **members(value)})


def _delete_bucket(work: Work) -> None:
    work.unless_gone("DeleteBucket", {"Bucket": work.physical_id}, _GONE)


def _bucket(work: Work, name: str) -> Made:
    region = work.call.region
    suffix = "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"
    attributes = {
        "Arn": f"arn:{partition_of(region)}:s3:::{name}",
        "DomainName": f"{name}.s3.{suffix}",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.{suffix}",
        "RegionalDomainName": f"{name}.s3.{region}.{suffix}",
        "WebsiteURL": f"http://{name}.s3-website-{region}.{suffix}",
    }
    return Made(name, attributes)


# Properties ------------------------------------------------------------------------------------------------------


def _ownership(properties: Mapping[str, Any]) -> str:
    rules = (properties.get("OwnershipControls") or {}).get("Rules") or [{}]
    return rules[0].get("ObjectOwnership") or ENFORCED


def _acl(properties: Mapping[str, Any]) -> str | None:
    """``PublicRead`` as ``public-read``."""
    name = properties.get("AccessControl")
    if name is None:
        return None
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).removeprefix("-")


def _encryption(value: Any) -> Request:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            **({"BucketKeyEnabled": rule["BucketKeyEnabled"]} if "BucketKeyEnabled" in rule else {}),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
        if "ServerSideEncryptionByDefault" in rule
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _versioning(value: Any) -> Request:
    return {"VersioningConfiguration": {"Status": (value or {}).get("Status", "Suspended")}}


def _tags(value: Any) -> Request:
    return {"Tagging": {"TagSet": value}}


def _public_access(value: Any) -> Request:
    return {"PublicAccessBlockConfiguration": {name: value.get(name, False) for name in PUBLIC_ACCESS_SWITCHES}}


def _ownership_controls(value: Any) -> Request:
    return {"OwnershipControls": value}


_CORS = {
    "AllowedHeaders": "AllowedHeaders",
    "AllowedMethods": "AllowedMethods",
    "AllowedOrigins": "AllowedOrigins",
    "ExposedHeaders": "ExposeHeaders",
    "Id": "ID",
    "MaxAge": "MaxAgeSeconds",
}
"""The names that CloudFormation has for what S3 calls otherwise."""


def _cors(value: Any) -> Request:
    rules = [{_CORS[name]: setting for name, setting in rule.items()} for rule in value["CorsRules"]]
    return {"CORSConfiguration": {"CORSRules": rules}}


_NOTIFIED = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}
"""By CloudFormation's name of a list: S3's name of it, and what each calls its target."""


def _notifications(value: Any) -> Request:
    configuration: dict[str, Any] = {}
    for name, (member, target, arn) in _NOTIFIED.items():
        for one in (value or {}).get(name) or []:
            entry: dict[str, Any] = {"Events": [one["Event"]], arn: one[target]}
            if "Filter" in one:
                entry["Filter"] = {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}}
            configuration.setdefault(member, []).append(entry)
    bridge = (value or {}).get("EventBridgeConfiguration")
    if bridge is not None and str(bridge.get("EventBridgeEnabled", True)).lower() == "true":
        configuration["EventBridgeConfiguration"] = {}
    return {"NotificationConfiguration": configuration}


_AGED = {
    "Id": "ID",
    "Prefix": "Prefix",
    "Status": "Status",
    "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
    "NoncurrentVersionExpiration": "NoncurrentVersionExpiration",
}
"""Members of a lifecycle rule, by what CloudFormation calls them."""
_EXPIRED = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_MOVED = {
    "StorageClass": "StorageClass",
    "TransitionInDays": "Days",
    "TransitionDate": "Date",
    "NewerNoncurrentVersions": "NewerNoncurrentVersions",
}


def _lifecycle(value: Any) -> Request:
    request: dict[str, Any] = {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}
    if "TransitionDefaultMinimumObjectSize" in value:
        request["TransitionDefaultMinimumObjectSize"] = value["TransitionDefaultMinimumObjectSize"]
    return request


def _lifecycle_rule(rule: Mapping[str, Any]) -> Request:
    """A rule as S3 has it: with one filter, and lists of transitions."""
    found: dict[str, Any] = {_AGED[name]: value for name, value in rule.items() if name in _AGED}
    found["Filter"] = _lifecycle_filter(found.pop("Prefix", ""), rule)
    expiration = {_EXPIRED[name]: _timed(name, value) for name, value in rule.items() if name in _EXPIRED}
    if expiration:
        found["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(rule["NoncurrentVersionExpirationInDays"])}
    for member, days in (("Transition", "Days"), ("NoncurrentVersionTransition", "NoncurrentDays")):
        listed = [*rule.get(f"{member}s", []), *([rule[member]] if member in rule else [])]
        if listed:
            found[f"{member}s"] = [
                {(days if _MOVED[name] == "Days" else _MOVED[name]): _timed(name, each[name]) for name in each}
                for each in listed
            ]
    return found


def _lifecycle_filter(prefix: str, rule: Mapping[str, Any]) -> Request:
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule.get("TagFilters", [])]
    sizes = {name: int(rule[name]) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule}
    if not tags and not sizes:
        return {"Prefix": prefix}
    both: dict[str, Any] = {**({"Prefix": prefix} if prefix else {}), **sizes, **({"Tags": tags} if tags else {})}
    if len(both) == 1 and len(tags) < 2:
        return {"Tag": tags[0]} if tags else both
    return {"And": both}


def _timed(name: str, value: Any) -> Any:
    """Dates as seconds; the one class that CloudFormation writes in two ways as S3 does."""
    if name == "StorageClass":
        return value.upper()
    return timestamps.parse(value) if name.endswith("Date") else value


_LOCKED = {"ObjectLockEnabled": "Enabled"}


def _object_lock(value: Any) -> Request:
    """A bucket keeps Object Lock when the template says nothing of it any more."""
    return {"ObjectLockConfiguration": {**_LOCKED, **(value or {})}}


def _acceleration(value: Any) -> Request:
    return {"AccelerateConfiguration": {"Status": (value or {}).get("AccelerationStatus", "Suspended")}}


def _website(value: Any) -> Request:
    found: dict[str, Any] = {}
    if "IndexDocument" in value:
        found["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        found["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        found["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if value.get("RoutingRules"):
        found["RoutingRules"] = [
            {
                "Redirect": rule["RedirectRule"],
                **({"Condition": rule["RoutingRuleCondition"]} if "RoutingRuleCondition" in rule else {}),
            }
            for rule in value["RoutingRules"]
        ]
    return {"WebsiteConfiguration": found}


_SETTINGS: Mapping[str, tuple[str, str, _Writer]] = {
    "OwnershipControls": ("PutBucketOwnershipControls", "DeleteBucketOwnershipControls", _ownership_controls),
    "VersioningConfiguration": ("PutBucketVersioning", "", _versioning),
    "BucketEncryption": ("PutBucketEncryption", "DeleteBucketEncryption", _encryption),
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", "DeletePublicAccessBlock", _public_access),
    "CorsConfiguration": ("PutBucketCors", "DeleteBucketCors", _cors),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", _lifecycle),
    "AccelerateConfiguration": ("PutBucketAccelerateConfiguration", "", _acceleration),
    "WebsiteConfiguration": ("PutBucketWebsite", "DeleteBucketWebsite", _website),
    "ObjectLockConfiguration": ("PutObjectLockConfiguration", "", _object_lock),
    "NotificationConfiguration": ("PutBucketNotificationConfiguration", "", _notifications),
    "Tags": ("PutBucketTagging", "DeleteBucketTagging", _tags),
}
"""The operation that sets a property, the one that takes it away, and the members that say what."""


def _refuse_bucket(properties: Mapping[str, Any]) -> None:
    acl = _acl(properties)
    if isinstance(properties.get("AccessControl"), str) and acl not in BUCKET_ACLS:
        raise NotImplementedHere(
            f"The access control {properties['AccessControl']} is not implemented by this version of Stratolite."
        )


# Policies --------------------------------------------------------------------------------------------------------


def _put_policy(work: Work) -> Made:
    document = work.properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    bucket = work.properties["Bucket"]
    work.operate("PutBucketPolicy", {"Bucket": bucket, "Policy": text})
    return Made(bucket)


def _delete_policy(work: Work) -> None:
    # The bucket itself may be gone already.
    work.unless_gone("DeleteBucketPolicy", {"Bucket": work.properties["Bucket"]}, _GONE)


_WITHOUT_EFFECT = {"AccelerateConfiguration": "the way to this machine needs no acceleration"}

RESOURCE_TYPES = (
    ResourceType(
        name="AWS::S3::Bucket",
        implemented=frozenset({"BucketName", "AccessControl", "ObjectLockEnabled", *_SETTINGS})
        - _WITHOUT_EFFECT.keys(),
        accepted=_WITHOUT_EFFECT,
        create=_create_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        refuse=_refuse_bucket,
    ),
    ResourceType(
        name="AWS::S3::BucketPolicy",
        implemented=frozenset({"Bucket", "PolicyDocument"}),
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
)
