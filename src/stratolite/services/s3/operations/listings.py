"""Listings of objects."""

from collections.abc import Callable

from stratolite.core.call import Call
from stratolite.services.s3 import S3, api, rules
from stratolite.services.s3.domain import Version
from stratolite.services.s3.listing import encoder, of_token, page, to_token
from stratolite.services.s3.lookup import bucket_of


def list_objects_v2(call: Call, s3: S3, request: api.ListObjectsV2Request) -> api.ListObjectsV2Output:
    """The objects of a bucket in order of key, after a token or a key."""
    bucket = bucket_of(call, s3, request)
    limit = rules.page_size(request)
    is_encoded = rules.encoding_type(request)
    encode = encoder(is_encoded)
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    token = request.get("ContinuationToken")
    start_after = request.get("StartAfter", "")
    after = start_after if token is None else of_token(token)
    found = page(
        lambda start, count: s3.store.objects(bucket.name, start, count),
        prefix=prefix,
        delimiter=delimiter,
        after=after,
        limit=limit,
    )
    answer: api.ListObjectsV2Output = {
        "Name": bucket.name,
        "Prefix": encode(prefix),
        "MaxKeys": limit,
        "KeyCount": found.count,
        "IsTruncated": found.is_truncated,
    }
    if delimiter:
        answer["Delimiter"] = encode(delimiter)
    if is_encoded:
        answer["EncodingType"] = "url"
    if start_after:
        answer["StartAfter"] = encode(start_after)
    if token is not None:
        answer["ContinuationToken"] = token
    if found.is_truncated:
        answer["NextContinuationToken"] = to_token(found.last)
    if found.entries:
        owner = rules.owner(bucket.account) if request.get("FetchOwner") else None
        answer["Contents"] = [_entry(version, encode, owner) for version in found.entries]
    if found.prefixes:
        answer["CommonPrefixes"] = [{"Prefix": encode(common)} for common in found.prefixes]
    return answer


def _entry(version: Version, encode: Callable[[str], str], owner: api.Owner | None) -> api.Object:
    entry: api.Object = {
        "Key": encode(version.key),
        "LastModified": version.modified_ms // 1000,
        "ETag": version.quoted_etag,
        "Size": version.size_bytes,
        "StorageClass": version.storage_class,
    }
    if version.checksum.algorithm:
        entry["ChecksumAlgorithm"] = [version.checksum.algorithm]
        entry["ChecksumType"] = version.checksum.type
    if owner is not None:
        entry["Owner"] = owner
    return entry
