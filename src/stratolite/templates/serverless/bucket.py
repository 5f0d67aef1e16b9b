"""The deployment bucket: made by the stack, with a policy that wants TLS, or the user's own.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-serverless.yml (``deploymentBucket``).
"""

from copy import deepcopy
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import items

OUTPUT = "ServerlessDeploymentBucketName"
VERSION = "2010-09-09"
DESCRIPTION = "The AWS CloudFormation template for this Serverless application"


def make_bucket(work: Compilation) -> None:
    """The bucket and its output; ``core_template`` becomes the template of the bucket alone."""
    own = work.service.deployment_bucket
    work.output(OUTPUT, own or {"Ref": naming.DEPLOYMENT_BUCKET})
    if not own:
        _put_bucket(work)
    work.core_template = deepcopy(
        {
            "AWSTemplateFormatVersion": VERSION,
            "Description": DESCRIPTION,
            "Resources": work.resources,
            "Outputs": work.outputs,
        }
    )


def _put_bucket(work: Compilation) -> None:
    settings = work.service.provider.get("deploymentBucket")
    wanted: dict[str, Any] = settings if isinstance(settings, dict) else {}
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    properties: dict[str, Any] = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]}}
    if wanted.get("tags"):
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in items(wanted["tags"])]
    if truthy(wanted.get("blockPublicAccess")):
        names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        properties["PublicAccessBlockConfiguration"] = dict.fromkeys(names, True)
    if truthy(wanted.get("versioning")):
        properties["VersioningConfiguration"] = {"Status": "Enabled"}
    work.put(naming.DEPLOYMENT_BUCKET, "AWS::S3::Bucket", properties)
    if not truthy(wanted.get("skipPolicySetup")):
        work.put(naming.DEPLOYMENT_BUCKET_POLICY, "AWS::S3::BucketPolicy", _policy())


def _policy() -> dict[str, Any]:
    bucket = {"Ref": naming.DEPLOYMENT_BUCKET}
    arn = ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", bucket]
    statement = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": [{"Fn::Join": ["", [*arn, "/*"]]}, {"Fn::Join": ["", arn]}],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    return {"Bucket": bucket, "PolicyDocument": {"Statement": [statement]}}
