"""What the public access block refuses, over the wire and through CloudFormation.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.s3_answers import refusal
from tests.wire.test_wire_s3_stacks import deploy

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


def policy(name: str, principal: Any = "*", **more: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


def test_a_new_bucket_refuses_a_public_policy(s3: Any) -> None:
    name = "blocks-policies"
    s3.create_bucket(Bucket=name)
    put = s3.put_bucket_policy
    refused = refusal(put, Bucket=name, Policy=json.dumps(policy(name)))
    assert refused["Code"] == "AccessDenied" and "prevented by the BlockPublicPolicy setting" in refused["Message"]
    put(Bucket=name, Policy=json.dumps(policy(name, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})))
    narrowed = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    put(Bucket=name, Policy=json.dumps(policy(name, **narrowed)))
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    put(Bucket=name, Policy=json.dumps(policy(name)))


def test_a_new_bucket_refuses_public_lists(s3: Any) -> None:
    name = "blocks-lists"
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_object(Bucket=name, Key="k")
    ask = {"Bucket": name, "Key": "k"}
    for put, request in (
        (s3.put_bucket_acl, {"Bucket": name, "ACL": "public-read"}),
        (s3.put_object_acl, {**ask, "ACL": "authenticated-read"}),
        (s3.put_object_acl, {**ask, "GrantRead": f'uri="{EVERYBODY}"'}),
        (s3.put_object, {**ask, "ACL": "public-read-write"}),
        (s3.copy_object, {**ask, "CopySource": f"{name}/k", "ACL": "public-read", "MetadataDirective": "REPLACE"}),
        (s3.create_multipart_upload, {**ask, "ACL": "public-read"}),
    ):
        refused = refusal(put, **request)
        assert refused["Code"] == "AccessDenied" and "prevented by the BlockPublicAcls setting" in refused["Message"]
    s3.put_object(**ask, ACL="bucket-owner-full-control")
    s3.delete_public_access_block(Bucket=name)
    s3.put_object(**ask, ACL="public-read")
    made = {"Bucket": "public-from-birth", "ACL": "public-read", "ObjectOwnership": "ObjectWriter"}
    assert refusal(s3.create_bucket, **made)["Code"] == "InvalidBucketAclWithBlockPublicAccessError"


def test_stacks(cloud: RunningCloud, s3: Any) -> None:
    site: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "stack-site"}}
    public = {"Bucket": {"Ref": "Site"}, "PolicyDocument": policy("stack-site")}
    template = {"Resources": {"Site": site, "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": public}}}
    with pytest.raises(WaiterError):
        deploy(cloud, "site-that-is-closed", template)
    site["Properties"].update(
        BucketName="stack-site-2",
        PublicAccessBlockConfiguration=OPEN,
        AccessControl="PublicRead",
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    )
    public["PolicyDocument"] = policy("stack-site-2")
    deploy(cloud, "site-that-is-open", template)
    assert s3.get_bucket_policy_status(Bucket="stack-site-2")["PolicyStatus"]["IsPublic"]
    del site["Properties"]["AccessControl"]
    site["Properties"]["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    deploy(cloud, "site-that-is-open", template, update=True)
    assert len(s3.get_bucket_acl(Bucket="stack-site-2")["Grants"]) == 1
