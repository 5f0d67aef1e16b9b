"""S3's resource types through CloudFormation, as the Serverless Framework's deployment bucket uses them."""

import json
from typing import Any

import pytest
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
