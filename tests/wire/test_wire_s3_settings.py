"""Tags, access control lists, and settings of buckets over the wire, beside the recorded answers of AWS."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.s3_answers import Recording, answered, raw, refusal, same

API = "test_s3_api"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def bucket(s3: Any, name: str, **more: Any) -> str:
    s3.create_bucket(Bucket=name, **more)
    return name


def tag_set(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}


def test_tags_of_a_bucket(s3: Any) -> None:
    aws = Recording(API, "test_bucket_tagging_crud")
    ask = {"Bucket": bucket(s3, "tagged")}
    aws.check("get-bucket-tags-empty", s3.get_bucket_tagging, **ask)
    aws.check("put-bucket-tags", s3.put_bucket_tagging, **ask, Tagging=tag_set(("tag1", "tag1"), ("tag2", "")))
    aws.check("get-bucket-tags", s3.get_bucket_tagging, **ask)
    aws.check("put-bucket-tags-overwrite", s3.put_bucket_tagging, **ask, Tagging=tag_set(("tag3", "tag3")))
    aws.check("get-bucket-tags-overwritten", s3.get_bucket_tagging, **ask)
    aws.check("delete-bucket-tags", s3.delete_bucket_tagging, **ask)
    aws.check("put-bucket-tags-empty", s3.put_bucket_tagging, **ask, Tagging={"TagSet": []})
    missing = Recording(API, "test_bucket_tagging_exc")
    missing.check("get-no-bucket-tags", s3.get_bucket_tagging, Bucket="no-such-bucket-anywhere")


def test_tags_of_an_object(s3: Any) -> None:
    aws = Recording(API, "test_object_tagging_crud")
    ask = {"Bucket": bucket(s3, "tagged-objects"), "Key": "test-key-tagging"}
    aws.check("put-object", s3.put_object, **ask, Body=b"test-tagging")
    aws.check("get-object-tags-empty", s3.get_object_tagging, **ask)
    aws.check("put-object-tags", s3.put_object_tagging, **ask, Tagging=tag_set(("tag1", "tag1"), ("tag2", "")))
    aws.check("get-object-tags", s3.get_object_tagging, **ask)
    aws.check("put-object-tags-overwrite", s3.put_object_tagging, **ask, Tagging=tag_set(("tag3", "tag3")))
    aws.check("get-object-tags-overwritten", s3.get_object_tagging, **ask)
    found = s3.get_object(**ask)
    assert (found["TagCount"], found["Body"].read()) == (1, b"test-tagging")
    aws.check("delete-object-tags", s3.delete_object_tagging, **ask)
    aws.check("get-object-tags-deleted", s3.get_object_tagging, **ask)


def test_tags_that_come_with_an_object(s3: Any) -> None:
    aws = Recording(API, "test_put_object_with_tags")
    ask = {"Bucket": bucket(s3, "tagged-objects"), "Key": "with-tags"}
    s3.put_object(**ask, Body=b"test-tagging", Tagging="tag1=tag1&tag2=tag2&tag=")
    aws.check("get-object-tags", s3.get_object_tagging, **ask)
    s3.put_object(**ask, Body=b"test-tagging", Tagging="wrongquery&wrongagain")
    aws.check("get-object-tags-wrong-format-qs", s3.get_object_tagging, **ask)
    s3.put_object(**ask, Body=b"test-tagging", Tagging="key1&key2")
    aws.check("get-object-tags-wrong-format-qs-2", s3.get_object_tagging, **ask)
    wrong = Recording(API, "test_object_tagging_exc")
    wrong.check("put-obj-duplicate-tagging", s3.put_object, **ask, Tagging="key1=val1&key1=val2")
    wrong.check("put-obj-wrong-format", s3.put_object, **ask, Tagging="key1=val1,key2=val2")
    wrong.check("delete-no-key-tags", s3.delete_object_tagging, Bucket=ask["Bucket"], Key="fake-key")
    wrong.check(
        "put-no-key-tags", s3.put_object_tagging, Bucket=ask["Bucket"], Key="fake-key", Tagging=tag_set(("a", "b"))
    )
    missing = refusal(s3.get_object_tagging, Bucket=ask["Bucket"], Key="fake-key")
    same(missing, wrong["get-no-key-tags"]["Error"], "missing")


def test_wrong_tags(s3: Any) -> None:
    aws = Recording(API, "test_tagging_validation")
    name = bucket(s3, "wrongly-tagged")
    s3.put_object(Bucket=name, Key="k")
    for step, pairs in (
        ("put-bucket-tags-duplicate-keys", [("Key1", "Val1"), ("Key1", "Val1")]),
        ("put-bucket-tags-invalid-key", [("Key1,Key2", "Val1")]),
        ("put-bucket-tags-invalid-value", [("Key1", "Val1,Val2")]),
        ("put-bucket-tags-aws-prefixed", [("aws:prefixed", "Val1")]),
    ):
        aws.check(step, s3.put_bucket_tagging, Bucket=name, Tagging=tag_set(*pairs))
    for step, pairs in (
        ("put-object-tags-duplicate-keys", [("Key1", "Val1"), ("Key1", "Val1")]),
        ("put-object-tags-invalid-field", [("Key1,Key2", "Val1")]),
        ("put-object-tags-aws-prefixed", [("aws:prefixed", "Val1")]),
    ):
        aws.check(step, s3.put_object_tagging, Bucket=name, Key="k", Tagging=tag_set(*pairs))
    many = tag_set(*((f"key-{number}", "v") for number in range(11)))
    assert refusal(s3.put_object_tagging, Bucket=name, Key="k", Tagging=many)["Code"] == "BadRequest"


def test_half_a_tag_is_no_xml_of_the_schema(cloud: RunningCloud, s3: Any) -> None:
    name = bucket(s3, "half-tagged")
    for body in (
        b"<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>",
        b"<Tagging><TagSet><Tag><Value>v</Value></Tag></TagSet></Tagging>",
    ):
        found = raw(cloud, "PUT", f"/{name}?tagging", body)
        assert (found.status, found.element("Code")) == (400, "MalformedXML")


def test_tags_of_versions(s3: Any) -> None:
    aws = Recording(API, "test_object_tagging_versioned")
    name = bucket(s3, "tagged-versions")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    ask = {"Bucket": name, "Key": "test-version-tagging"}
    first = s3.put_object(**ask, Body=b"test-0", Tagging="test_tag=tagv1")["VersionId"]
    s3.put_object(**ask, Body=b"test-1")
    aws.check("put-object-tags-current-version", s3.put_object_tagging, **ask, Tagging=tag_set(("tag3", "tag3")))
    aws.check("get-object-tags-current-version", s3.get_object_tagging, **ask)
    aws.check("get-object-tags-previous-version", s3.get_object_tagging, **ask, VersionId=first)
    marker = s3.delete_object(**ask)["VersionId"]
    for step, ids in (("id", {"VersionId": marker}), ("latest", {})):
        tags = {"Tagging": tag_set(("a", "b"))}
        aws.check(f"put-object-tags-delete-marker-{step}", s3.put_object_tagging, **ask, **ids, **tags)
        aws.check(f"get-object-tags-delete-marker-{step}", s3.get_object_tagging, **ask, **ids)
        aws.check(f"delete-object-tags-delete-marker-{step}", s3.delete_object_tagging, **ask, **ids)


def test_tags_are_counted(s3: Any) -> None:
    aws = Recording(API, "test_head_object_with_tags")
    ask = {"Bucket": bucket(s3, "counted-tags"), "Key": "k"}
    s3.put_object(**ask, Body=b"test-tagging", Tagging="tag1=1&tag2=2&tag3=3")
    aws.check("head-obj-after-create", s3.head_object, **ask)
    s3.put_object_tagging(**ask, Tagging=tag_set(("tag3", "tag3")))
    aws.check("head-obj-after-tagging", s3.head_object, **ask)
    s3.delete_object_tagging(**ask)
    aws.check("head-obj-after-removal", s3.head_object, **ask)


def test_encryption(s3: Any) -> None:
    aws = Recording(API, "TestS3BucketEncryption::test_s3_default_bucket_encryption")
    ask = {"Bucket": bucket(s3, "encryption")}
    aws.check("default-bucket-encryption", s3.get_bucket_encryption, **ask)
    aws.check("delete-bucket-encryption", s3.delete_bucket_encryption, **ask)
    aws.check("delete-bucket-encryption-idempotent", s3.delete_bucket_encryption, **ask)
    # Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
    aws.check("default-bucket-encryption", s3.get_bucket_encryption, **ask)
    wrong = Recording(API, "test_s3_default_bucket_encryption_exc")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    keyed = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "key"}}
    for step, rules in (
        ("put-bucket-encryption-no-rules", []),
        ("put-bucket-encryption-two-rules", [rule, rule]),
        ("put-bucket-encryption-kms-with-aes", [keyed]),
    ):
        wrong.check(step, s3.put_bucket_encryption, **ask, ServerSideEncryptionConfiguration={"Rules": rules})


def test_encryption_by_keys(s3: Any) -> None:
    aws = Recording(API, "TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms")
    ask = {"Bucket": bucket(s3, "kms-encryption")}
    key = "0c7ae3f4-2b4a-4a0c-8f1e-2d9d8a3b7c11"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(**ask, ServerSideEncryptionConfiguration={"Rules": [rule]})
    aws.check("get-bucket-enc", s3.get_bucket_encryption, **ask)
    put = s3.put_object(**ask, Key="k", Body=b"test-encrypted")
    assert set(put) == set(aws["put-object-encrypted"])
    assert put["SSEKMSKeyId"] == f"arn:aws:kms:us-east-1:123456789012:key/{key}"
    assert set(s3.head_object(**ask, Key="k")) == set(aws["head-object-encrypted"])


def test_ownership(s3: Any) -> None:
    aws = Recording(API, "test_crud_bucket_ownership_controls")
    ask = {"Bucket": bucket(s3, "ownership")}
    aws.check("default-ownership", s3.get_bucket_ownership_controls, **ask)
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    aws.check("put-ownership", s3.put_bucket_ownership_controls, **ask, OwnershipControls=controls)
    aws.check("get-ownership", s3.get_bucket_ownership_controls, **ask)
    aws.check("delete-ownership", s3.delete_bucket_ownership_controls, **ask)
    aws.check("get-ownership-after-delete", s3.get_bucket_ownership_controls, **ask)
    aws.check("delete-ownership-after-delete", s3.delete_bucket_ownership_controls, **ask)
    preferred = bucket(s3, "ownership-preferred", ObjectOwnership="BucketOwnerPreferred")
    aws.check("get-ownership-at-creation", s3.get_bucket_ownership_controls, Bucket=preferred)
    wrong = Recording(API, "test_bucket_ownership_controls_exc")
    for step, rules in (
        ("put-ownership-multiple-rules", [{"ObjectOwnership": "ObjectWriter"}] * 2),
        ("put-ownership-wrong-value", [{"ObjectOwnership": "RandomValue"}]),
        ("put-ownership-empty-rule", []),
    ):
        wrong.check(step, s3.put_bucket_ownership_controls, **ask, OwnershipControls={"Rules": rules})
    wrong.check("ownership-wrong-value-at-creation", s3.create_bucket, Bucket="never", ObjectOwnership="RandomValue")
    wrong.check("ownership-non-value-at-creation", s3.create_bucket, Bucket="never", ObjectOwnership="")


def test_public_access(s3: Any) -> None:
    aws = Recording(API, "test_crud_public_access_block")
    ask = {"Bucket": bucket(s3, "public-access")}
    aws.check("get-default-public-access-block", s3.get_public_access_block, **ask)
    off = {"BlockPublicAcls": False}
    aws.check("put-public-access-block", s3.put_public_access_block, **ask, PublicAccessBlockConfiguration=off)
    aws.check("get-public-access-block", s3.get_public_access_block, **ask)
    aws.check("delete-public-access-block", s3.delete_public_access_block, **ask)
    aws.check("get-public-access-block-after-delete", s3.get_public_access_block, **ask)
    aws.check("idempotent-delete-public-access-block", s3.delete_public_access_block, **ask)


def test_policies(s3: Any) -> None:
    aws = Recording(API, "TestS3BucketPolicy::test_bucket_policy_crud")
    name = bucket(s3, "policies")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.delete_public_access_block(Bucket=name)
    aws.check("get-bucket-default-policy", s3.get_bucket_policy, Bucket=name)
    aws.check("put-bucket-policy", s3.put_bucket_policy, Bucket=name, Policy=policy)
    assert s3.get_bucket_policy(Bucket=name)["Policy"] == policy
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"] == {"IsPublic": True}
    aws.check("delete-bucket-policy", s3.delete_bucket_policy, Bucket=name)
    aws.check("get-bucket-policy-after-delete", s3.get_bucket_policy, Bucket=name)
    aws.check("delete-bucket-policy-after-delete", s3.delete_bucket_policy, Bucket=name)
    wrong = Recording(API, "TestS3BucketPolicy::test_bucket_policy_exc")
    for step, text in (
        ("put-bucket-policy-randomstring", "invalid json"),
        ("put-bucket-policy-empty-json", "{}"),
    ):
        wrong.check(step, s3.put_bucket_policy, Bucket=name, Policy=text)
    other = policy.replace(name, "another-bucket")
    assert refusal(s3.put_bucket_policy, Bucket=name, Policy=other)["Message"] == "Policy has invalid resource"
    owner = Recording("test_s3", "test_put_bucket_policy_expected_bucket_owner")
    owner.check(
        "put-bucket-policy-with-expected-bucket-owner-error",
        s3.put_bucket_policy,
        Bucket=name,
        Policy=policy,
        ExpectedBucketOwner="999999999999",
    )


def test_access_control_lists(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_object_acl")
    name = bucket(s3, "acls", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    ask = {"Bucket": name, "Key": "object-key-acl"}
    aws.check("put-object-default-acl", s3.put_object, **ask)
    aws.check("get-object-acl-default", s3.get_object_acl, **ask)
    aws.check("put-object-acl", s3.put_object_acl, **ask, ACL="public-read")
    read = aws.check("get-object-acl", s3.get_object_acl, **ask)
    s3.put_object_acl(**ask, ACL="private")
    s3.put_object_acl(**ask, AccessControlPolicy={"Owner": read["Owner"], "Grants": read["Grants"]})
    aws.check("get-object-acl", s3.get_object_acl, **ask)
    buckets = Recording("test_s3", "TestS3::test_s3_bucket_acl")
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    buckets.check("get-bucket-acl", s3.get_bucket_acl, Bucket=name)
    s3.put_bucket_acl(Bucket=name, ACL="private")
    buckets.check("get-bucket-canned-acl", s3.get_bucket_acl, Bucket=name)


def test_wrong_access_control_lists(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_object_acl_exceptions")
    name = bucket(s3, "wrong-acls", ObjectOwnership="ObjectWriter")
    ask = {"Bucket": name, "Key": "k"}
    found = refusal(s3.put_object, **ask, ACL="fake-acl")
    assert {**found, "Message": None} == aws["put-object-canned-acl"]["Error"]
    s3.put_object(**ask)
    aws.check("put-object-acl-empty", s3.put_object_acl, **ask)
    grant = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"'
    aws.check("put-object-two-type-acl", s3.put_object_acl, **ask, ACL="public-read", GrantRead=grant)
    owner = s3.list_buckets()["Owner"]
    policy = {"Owner": owner, "Grants": []}
    aws.check("put-object-two-type-acl-acp", s3.put_object_acl, **ask, ACL="public-read", AccessControlPolicy=policy)
    aws.check("put-object-acp-acl-1", s3.put_object_acl, **ask, AccessControlPolicy={"Grants": []})


def test_a_bucket_whose_owner_owns_all_takes_no_lists(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""
    name = bucket(s3, "no-acls")
    ask = {"Bucket": name, "Key": "k"}
    refused = refusal(s3.put_object, **ask, ACL="public-read")
    assert refused == {"Code": "AccessControlListNotSupported", "Message": "The bucket does not allow ACLs"}
    s3.put_object(**ask, ACL="bucket-owner-full-control")
    assert refusal(s3.put_bucket_acl, Bucket=name, ACL="private")["Code"] == "AccessControlListNotSupported"
    found = answered(s3.create_bucket, Bucket="never-public", ACL="public-read")
    assert found["Error"]["Code"] == "InvalidBucketAclWithObjectOwnership"


def test_lists_of_delete_markers(s3: Any) -> None:
    aws = Recording("test_s3", "test_put_object_acl_on_delete_marker")
    name = bucket(s3, "marker-acls", ObjectOwnership="ObjectWriter")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    ask = {"Bucket": name, "Key": "test-key-versioned"}
    s3.put_object(**ask)
    marker = s3.delete_object(**ask)["VersionId"]
    aws.check("put-acl-delete-marker", s3.put_object_acl, **ask, ACL="public-read")
    aws.check("get-acl-delete-marker", s3.get_object_acl, **ask)
    aws.check("put-acl-delete-marker-version-id", s3.put_object_acl, **ask, ACL="public-read", VersionId=marker)
    aws.check("get-acl-delete-marker-version-id", s3.get_object_acl, **ask, VersionId=marker)


def test_sets_of_tags_that_are_empty(s3: Any) -> None:
    ask = {"Bucket": bucket(s3, "emptied-tags")}
    aws = Recording(API, "test_put_bucket_tagging_none_value")
    aws.check("put-bucket-tags-origin", s3.put_bucket_tagging, **ask, Tagging=tag_set(("tag1", "tag1")))
    aws.check("put-none-tag-set", s3.put_bucket_tagging, **ask, Tagging={"TagSet": []})
    aws.check("no-such-tag-set", s3.get_bucket_tagging, **ask)
    aws = Recording(API, "test_put_object_tagging_none_value")
    key = {**ask, "Key": "k"}
    s3.put_object(**key, Body=b"", Tagging="a=b")
    aws.check("put-none-tag-set", s3.put_object_tagging, **key, Tagging={"TagSet": []})
    aws.check("get-object-tags-none", s3.get_object_tagging, **key)
    aws = Recording(API, "test_create_bucket_with_empty_tags")
    empty: dict[str, Any] = {"CreateBucketConfiguration": {"Tags": []}}
    aws.check("create-bucket-with-empty-tags", s3.create_bucket, Bucket="without-tags", **empty)
    aws.check("get-bucket-tags", s3.get_bucket_tagging, Bucket="without-tags")


def test_tags_go_with_their_object(s3: Any) -> None:
    aws = Recording(API, "test_object_tags_delete_or_overwrite_object")
    key = {"Bucket": bucket(s3, "tags-that-go"), "Key": "k"}
    s3.put_object(**key, Body=b"content", Tagging="tag1=val1")
    aws.check("get-object-after-creation", s3.get_object_tagging, **key)
    s3.put_object(**key, Body=b"content")
    aws.check("get-object-after-overwrite", s3.get_object_tagging, **key)
    s3.put_object(**key, Body=b"content", Tagging="tag1=val1")
    s3.delete_object(**key)
    s3.put_object(**key, Body=b"content")
    aws.check("get-object-after-recreation", s3.get_object_tagging, **key)
    aws = Recording("test_s3", "TestS3::test_put_object_tagging_empty_list")
    aws.check("created-object-tags", s3.get_object_tagging, **key)
    s3.put_object_tagging(**key, Tagging=tag_set(("tag1", "tag1"), ("tag2", "")))
    aws.check("updated-object-tags", s3.get_object_tagging, **key)
    s3.put_object_tagging(**key, Tagging=tag_set())
    aws.check("deleted-object-tags", s3.get_object_tagging, **key)
    aws = Recording("test_s3", "TestS3::test_delete_object_tagging")
    s3.put_object(**key, Body=b"something", Tagging="a=b")
    s3.delete_object_tagging(**key)
    aws.check("get-obj-after-tag-deletion", s3.get_object, **key)


@pytest.mark.parametrize("account", ["0000", "0000000000020", "abcd", "aa000000000$"])
def test_policies_of_owners_that_are_none(s3: Any, account: str) -> None:
    aws = Recording("test_s3", f"TestS3::test_put_bucket_policy_invalid_account_id[{account}]")
    ask = {"Bucket": bucket(s3, "policies-2"), "ExpectedBucketOwner": account}
    aws.check("put-bucket-policy-invalid-bucket-owner", s3.put_bucket_policy, **ask, Policy="{}")


def test_policies_are_deleted(s3: Any) -> None:
    ask = {"Bucket": bucket(s3, "policies-3")}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::policies-3/*"}
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    aws = Recording("test_s3", "TestS3::test_delete_bucket_policy")
    s3.delete_public_access_block(**ask)
    s3.put_bucket_policy(**ask, **policy)
    aws.check("delete-bucket-policy", s3.delete_bucket_policy, **ask)
    aws.check("get-bucket-policy-no-such-bucket-policy", s3.get_bucket_policy, **ask)
    aws = Recording("test_s3", "test_delete_bucket_policy_expected_bucket_owner")
    s3.put_bucket_policy(**ask, **policy)

    def delete(step: str, owner: str) -> None:
        aws.check(step, s3.delete_bucket_policy, **ask, ExpectedBucketOwner=owner)

    delete("delete-bucket-policy-with-expected-bucket-owner-error", "000000000002")
    delete("delete-bucket-policy-invalid-bucket-owner", "invalid")
    delete("delete-bucket-policy-with-expected-bucket-owner", ACCOUNT)


def test_settings_of_buckets_that_are_none(s3: Any) -> None:
    missing = {"Bucket": "no-settings-here"}
    aws = Recording("test_s3", "TestS3::test_bucket_availability")
    aws.check("bucket-lifecycle", s3.get_bucket_lifecycle_configuration, **missing)
    aws.check("bucket-replication", s3.get_bucket_replication, **missing)
    aws = Recording("test_s3", "TestS3::test_bucket_exists")
    ask = {"Bucket": bucket(s3, "there-is-one")}
    methods = ["GET", "POST", "PUT", "DELETE"]
    rules = {"CORSRules": [{"AllowedMethods": methods, "AllowedOrigins": ["localhost"]}]}
    s3.put_bucket_cors(**ask, CORSConfiguration=rules)
    aws.check("get-bucket-cors", s3.get_bucket_cors, **ask)
    aws.check("get-bucket-acl", s3.get_bucket_acl, **ask)
    found = refusal(s3.get_bucket_acl, Bucket="bucket-not-exists")
    assert found == aws["get-bucket-not-exists"]["Error"]


def test_lists_that_come_with_buckets(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_multipart_upload_acls")
    ask = {"Bucket": bucket(s3, "listed-access", ObjectOwnership="ObjectWriter")}
    s3.delete_public_access_block(**ask)
    s3.put_bucket_acl(**ask, ACL="public-read")
    aws.check("bucket-acl", s3.get_bucket_acl, **ask)
    for number, acl in enumerate((None, "private", "public-read-write")):
        key = {**ask, "Key": f"acl-key{number}"}
        given = {"ACL": acl} if acl else {}
        upload = s3.create_multipart_upload(**key, **given)["UploadId"]
        part = s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"data")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**key, UploadId=upload, MultipartUpload=parts)
        aws.check(f"permission-acl-key{number}", s3.get_object_acl, **key)
    wrong = Recording("test_s3", "TestS3::test_s3_bucket_acl_exceptions")
    wrong.check("put-bucket-canned-acl", s3.put_bucket_acl, **ask, ACL="fake-acl")
    wrong.check("put-bucket-empty", s3.put_bucket_acl, **ask)


def test_acceleration(s3: Any) -> None:
    aws = Recording(API, "test_bucket_acceleration_configuration_crud")
    ask = {"Bucket": bucket(s3, "accelerated")}
    put, enabled, suspended = s3.put_bucket_accelerate_configuration, {"Status": "Enabled"}, {"Status": "Suspended"}
    put(**ask, AccelerateConfiguration=suspended)
    aws.check("get-bucket-default-accelerate-config", s3.get_bucket_accelerate_configuration, **ask)
    aws.check("put-bucket-accelerate-config-enabled", put, **ask, AccelerateConfiguration=enabled)
    aws.check("get-bucket-accelerate-config-enabled", s3.get_bucket_accelerate_configuration, **ask)
    aws.check("put-bucket-accelerate-config-disabled", put, **ask, AccelerateConfiguration=suspended)
    aws.check("get-bucket-accelerate-config-disabled", s3.get_bucket_accelerate_configuration, **ask)
    wrong = Recording(API, "test_bucket_acceleration_configuration_exc")
    for step, status in (("lowercase", "enabled"), ("random", "random")):
        wrong.check(f"put-bucket-accelerate-config-{step}", put, **ask, AccelerateConfiguration={"Status": status})
    dotted = {"Bucket": bucket(s3, "with.a.dot")}
    wrong.check("put-bucket-accelerate-config-dot-bucket", put, **dotted, AccelerateConfiguration=enabled)
