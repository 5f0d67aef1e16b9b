"""S3's resource types through CloudFormation, as the Serverless Framework's deployment bucket uses them."""

import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests.conftest import RunningCloud

CORE: dict[str, Any] = {
    "Resources": {
        "ServerlessDeploymentBucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
                }
            },
        },
        "ServerlessDeploymentBucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "ServerlessDeploymentBucket"},
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Action": "s3:*",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Resource": [
                                {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "ServerlessDeploymentBucket"}, "/*"]]},
                                {"Fn::GetAtt": ["ServerlessDeploymentBucket", "Arn"]},
                            ],
                            "Condition": {"Bool": {"aws:SecureTransport": False}},
                        }
                    ]
                },
            },
        },
    },
    "Outputs": {
        "Name": {"Value": {"Ref": "ServerlessDeploymentBucket"}},
        "Domain": {"Value": {"Fn::GetAtt": ["ServerlessDeploymentBucket", "RegionalDomainName"]}},
    },
}


def deploy(cloud: RunningCloud, name: str, template: dict[str, Any], *, update: bool = False) -> dict[str, str]:
    """Make or update a stack; its outputs."""
    stacks = cloud.client("cloudformation")
    operation = stacks.update_stack if update else stacks.create_stack
    operation(StackName=name, TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_update_complete" if update else "stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
    outputs = stacks.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def delete(cloud: RunningCloud, name: str) -> None:
    stacks = cloud.client("cloudformation")
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})


def test_the_deployment_bucket_of_the_serverless_framework(cloud: RunningCloud) -> None:
    outputs = deploy(cloud, "core", CORE)
    s3 = cloud.client("s3")
    bucket = outputs["Name"]
    assert outputs["Domain"] == f"{bucket}.s3.us-east-1.amazonaws.com"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"]
    delete(cloud, "core")
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_bucket(Bucket=bucket)


def test_settings_come_and_go_with_their_properties(cloud: RunningCloud) -> None:
    template = {
        "Resources": {
            "Photos": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "photos-of-a-stack",
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "Tags": [{"Key": "team", "Value": "web"}],
                    "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
                    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
                },
            }
        }
    }
    deploy(cloud, "photos", template)
    s3 = cloud.client("s3")
    bucket = "photos-of-a-stack"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "web"}]
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    properties: dict[str, Any] = template["Resources"]["Photos"]["Properties"]  # type: ignore[assignment]
    del properties["VersioningConfiguration"], properties["Tags"]
    deploy(cloud, "photos", template, update=True)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)
    delete(cloud, "photos")


def test_rules_of_sharing_and_canned_lists(cloud: RunningCloud) -> None:
    properties: dict[str, Any] = {
        "AccessControl": "PublicRead",
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": False},
        "CorsConfiguration": {
            "CorsRules": [
                {
                    "Id": "all",
                    "AllowedMethods": ["GET", "PUT"],
                    "AllowedOrigins": ["https://example.com"],
                    "AllowedHeaders": ["*"],
                    "ExposedHeaders": ["ETag"],
                    "MaxAge": 3000,
                }
            ]
        },
    }
    template = {
        "Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": properties}},
        "Outputs": {"Name": {"Value": {"Ref": "Site"}}},
    }
    bucket = deploy(cloud, "site", template)["Name"]
    s3 = cloud.client("s3")
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [
        {
            "ID": "all",
            "AllowedHeaders": ["*"],
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://example.com"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3000,
        }
    ]
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL", "READ"]
    del properties["CorsConfiguration"]
    properties["AccessControl"] = "Private"
    deploy(cloud, "site", template, update=True)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL"]
    delete(cloud, "site")


def test_a_name_that_is_taken_fails_the_stack(cloud: RunningCloud) -> None:
    s3, stacks = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="taken-already")
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-already"}}}}
    stacks.create_stack(StackName="taken", TemplateBody=json.dumps(template))
    with pytest.raises(WaiterError):
        stacks.get_waiter("stack_create_complete").wait(
            StackName="taken", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )
    events = stacks.describe_stack_events(StackName="taken")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "B"]
    assert any("taken-already already exists" in reason for reason in reasons), reasons
    assert s3.head_bucket(Bucket="taken-already")["BucketRegion"] == "us-east-1"


def test_a_bucket_with_objects_stays(cloud: RunningCloud) -> None:
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full-of-a-stack"}}}}
    deploy(cloud, "full", template)
    s3, stacks = cloud.client("s3"), cloud.client("cloudformation")
    s3.put_object(Bucket="full-of-a-stack", Key="k", Body=b"x")
    stacks.delete_stack(StackName="full")
    with pytest.raises(WaiterError):
        stacks.get_waiter("stack_delete_complete").wait(
            StackName="full", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )
    assert stacks.describe_stacks(StackName="full")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
    s3.delete_object(Bucket="full-of-a-stack", Key="k")
    delete(cloud, "full")


@pytest.mark.parametrize(
    "properties",
    [
        {"AnalyticsConfigurations": [{"Id": "a", "StorageClassAnalysis": {}}]},
        {"LoggingConfiguration": {"LogFilePrefix": "logs"}},
        {"ReplicationConfiguration": {"Role": "arn:aws:iam::123456789012:role/r", "Rules": []}},
    ],
)
def test_what_is_not_made_is_refused_by_name(cloud: RunningCloud, properties: dict[str, Any]) -> None:
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    stacks = cloud.client("cloudformation")
    with pytest.raises(stacks.exceptions.ClientError, match=next(iter(properties))):
        stacks.create_stack(StackName="refused", TemplateBody=json.dumps(template))
