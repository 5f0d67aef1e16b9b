"""Grants of access control lists over the wire, beside the recorded answers of AWS (test_s3_bucket_acl,
test_s3_object_acl and their exceptions)."""

from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import Recording, answered, refusal

LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
FAKE_GROUP = "http://acs.amazonaws.com/groups/s3/FakeGroup"
SOMEBODY = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def bucket(s3: Any, name: str, **more: Any) -> str:
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter", **more)
    return name


def owner(s3: Any) -> dict[str, Any]:
    found: dict[str, Any] = s3.list_buckets()["Owner"]
    return found


def policy(s3: Any, *grants: tuple[dict[str, Any], str]) -> dict[str, Any]:
    listed = [{"Grantee": grantee, "Permission": permission} for grantee, permission in grants]
    return {"Owner": owner(s3), "Grants": listed}


def granted(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Who may do what."""
    return [(grant["Grantee"].get("URI") or grant["Grantee"]["ID"], grant["Permission"]) for grant in answer["Grants"]]


def test_lists_of_buckets(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_bucket_acl")
    ask = {"Bucket": bucket(s3, "granting")}
    s3.put_bucket_acl(**ask, GrantRead=f'uri="{LOG_DELIVERY}"')
    aws.check("get-bucket-grant-acl", s3.get_bucket_acl, **ask)
    user, group = {"Type": "CanonicalUser", "ID": owner(s3)["ID"]}, {"Type": "Group", "URI": LOG_DELIVERY}
    s3.put_bucket_acl(**ask, AccessControlPolicy=policy(s3, (user, "FULL_CONTROL"), (group, "WRITE")))
    aws.check("get-bucket-acp-acl", s3.get_bucket_acl, **ask)


def test_lists_of_objects(s3: Any) -> None:
    aws = Recording("test_s3", "TestS3::test_s3_object_acl")
    ask = {"Bucket": bucket(s3, "granting-objects"), "Key": "k"}
    s3.put_object(**ask)
    s3.put_object_acl(**ask, GrantRead=f'uri="{LOG_DELIVERY}"')
    aws.check("get-object-grant-acl", s3.get_object_acl, **ask)
    user, group = {"Type": "CanonicalUser", "ID": owner(s3)["ID"]}, {"Type": "Group", "URI": LOG_DELIVERY}
    s3.put_object_acl(**ask, AccessControlPolicy=policy(s3, (user, "FULL_CONTROL"), (group, "WRITE")))
    aws.check("get-object-acp-acl", s3.get_object_acl, **ask)


def test_grants_that_come_with_what_is_made(s3: Any) -> None:
    both = f'id="{SOMEBODY}", uri="{LOG_DELIVERY}"'
    name = bucket(s3, "made-with-grants", GrantWrite=both)
    wanted = [(SOMEBODY, "WRITE"), (LOG_DELIVERY, "WRITE")]
    assert granted(s3.get_bucket_acl(Bucket=name)) == wanted
    s3.put_object(Bucket=name, Key="put", GrantRead=f"id={SOMEBODY}", GrantFullControl=f"id={owner(s3)['ID']}")
    assert granted(s3.get_object_acl(Bucket=name, Key="put")) == [
        (owner(s3)["ID"], "FULL_CONTROL"),
        (SOMEBODY, "READ"),
    ]
    begun = s3.create_multipart_upload(Bucket=name, Key="parts", GrantReadACP=both)["UploadId"]
    upload = {"Bucket": name, "Key": "parts", "UploadId": begun}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"1")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert granted(s3.get_object_acl(Bucket=name, Key="parts")) == [(who, "READ_ACP") for who, _ in wanted]
    s3.copy_object(Bucket=name, Key="copy", CopySource=f"{name}/put")
    assert granted(s3.get_object_acl(Bucket=name, Key="copy")) == [(owner(s3)["ID"], "FULL_CONTROL")]


def test_canned_lists(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl"""
    ask = {"Bucket": bucket(s3, "canned", ACL="log-delivery-write")}
    assert granted(s3.get_bucket_acl(**ask))[1:] == [(LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")]
    s3.put_object(**ask, Key="k", ACL="aws-exec-read")
    (full, (_, read)) = granted(s3.get_object_acl(**ask, Key="k"))
    assert (full[1], read) == ("FULL_CONTROL", "READ")


@pytest.mark.parametrize("of", ["bucket", "object"])
def test_wrong_grants(s3: Any, of: str) -> None:
    aws = Recording("test_s3", f"TestS3::test_s3_{of}_acl_exceptions")
    ask = {"Bucket": bucket(s3, f"wrong-grants-{of}")}
    put = s3.put_bucket_acl
    if of == "object":
        ask["Key"] = "k"
        s3.put_object(**ask)
        put = s3.put_object_acl
    aws.check(f"put-{of}-grant-acl-fake-uri", put, **ask, GrantWrite=f'uri="{FAKE_GROUP}"')
    aws.check(f"put-{of}-grant-acl-fake-key", put, **ask, GrantWrite='fakekey="1234"')
    aws.check(f"put-{of}-grant-acl-wrong-id", put, **ask, GrantWrite='id="wrong-id"')
    me = {"Type": "CanonicalUser", "ID": owner(s3)["ID"]}
    nobody, no_group = {"Type": "CanonicalUser", "ID": "wrong-id"}, {"Type": "Group", "URI": FAKE_GROUP}
    wrong: list[dict[str, Any]] = [
        {"Grants": [{"Grantee": me, "Permission": "WRITE"}]},
        {"Owner": owner(s3)},
        policy(s3, (nobody, "WRITE")),
        policy(s3, (no_group, "WRITE")),
        {**policy(s3, (me, "WRITE")), "Owner": {"ID": "wrong-id"}},
        policy(s3, (me, "FAKE")),
    ]
    for number, given in enumerate(wrong, 1):
        aws.check(f"put-{of}-acp-acl-{number}", put, **ask, AccessControlPolicy=given)
    aws.check(f"put-{of}-empty-acp", put, **ask, AccessControlPolicy={})


def test_e_mail_addresses_are_granted_nothing(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html (end of support)."""
    name = bucket(s3, "granting-by-mail")
    somebody = {"Type": "AmazonCustomerByEmail", "EmailAddress": "somebody@example.com"}
    requests: tuple[dict[str, Any], ...] = (
        {"GrantRead": 'emailAddress="somebody@example.com"'},
        {"AccessControlPolicy": policy(s3, (somebody, "READ"))},
    )
    for request in requests:
        answer = answered(s3.put_bucket_acl, Bucket=name, **request)
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        assert (status, answer["Error"]["Code"]) == (405, "MethodNotAllowed")


def test_an_owner_does_not_take_all_while_a_list_grants_something(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-migrating-acls-prerequisites.html"""
    name = bucket(s3, "granting-still")
    enforced = {"Bucket": name, "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    for given in ({"ACL": "log-delivery-write"}, {"GrantRead": f"id={SOMEBODY}"}):
        s3.put_bucket_acl(Bucket=name, **given)
        assert refusal(s3.put_bucket_ownership_controls, **enforced)["Code"] == "InvalidBucketAclWithObjectOwnership"
    s3.put_bucket_acl(Bucket=name, ACL="private")
    s3.put_bucket_ownership_controls(**enforced)


def test_a_bucket_that_is_made_again_has_the_default_list(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (BucketAlreadyOwnedByYou)."""
    name = bucket(s3, "granted-and-made-again", ACL="log-delivery-write")
    s3.create_bucket(Bucket=name)
    assert granted(s3.get_bucket_acl(Bucket=name)) == [(owner(s3)["ID"], "FULL_CONTROL")]


def test_a_bucket_whose_owner_owns_all_takes_no_grants(s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""
    s3.create_bucket(Bucket="no-grants")
    given = {"GrantRead": f'uri="{LOG_DELIVERY}"'}
    codes = {
        refusal(s3.put_object, Bucket="no-grants", Key="k", **given)["Code"],
        refusal(s3.put_bucket_acl, Bucket="no-grants", **given)["Code"],
    }
    everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    me = {"Type": "CanonicalUser", "ID": owner(s3)["ID"]}
    public = policy(s3, (me, "FULL_CONTROL"), (everybody, "READ"))
    codes.add(refusal(s3.put_bucket_acl, Bucket="no-grants", AccessControlPolicy=public)["Code"])
    assert codes == {"AccessControlListNotSupported"}
    s3.put_bucket_acl(Bucket="no-grants", AccessControlPolicy=policy(s3, (me, "FULL_CONTROL")))
    refused = refusal(s3.create_bucket, Bucket="never-granted", **given)
    assert refused["Code"] == "InvalidBucketAclWithObjectOwnership"
