"""Names of buckets that AWS refuses: told, and made fit where the application is only run."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

FILE = """
custom:
  bucket: <your-bucket-name>
functions:
  thumbnails:
    handler: h.handler
    environment: {BUCKET: "${self:custom.bucket}", SITE: "https://MySite.s3.amazonaws.com/x", NAME: Uploads}
    events:
      - s3: {bucket: "${self:custom.bucket}", event: "s3:ObjectCreated:*"}
resources:
  Resources:
    MySite: {Type: "AWS::SNS::Topic"}
    Site: {Type: "AWS::S3::Bucket", Properties: {BucketName: MySite}}
    Short: {Type: "AWS::S3::Bucket", Properties: {BucketName: X}}
    Fine: {Type: "AWS::S3::Bucket", Properties: {BucketName: fine.bucket-1}}
  Outputs:
    Topic: {Value: {Ref: MySite}}
    Arn: {Value: "arn:aws:s3:::MySite/*"}
"""


def test_the_nearest_name_that_fits_is_taken_wherever_the_template_says_it(compile_text: Compile) -> None:
    compiled = compile_text(FILE, is_lenient=True)
    resources: dict[str, Any] = compiled.template["Resources"]
    assert resources["S3BucketYourbucketname"]["Properties"]["BucketName"] == "your-bucket-name"
    assert resources["ThumbnailsLambdaFunction"]["Properties"]["Environment"]["Variables"] == {
        "BUCKET": "your-bucket-name",
        "SITE": "https://mysite.s3.amazonaws.com/x",
        "NAME": "Uploads",
    }
    permission = resources["ThumbnailsLambdaPermissionYourbucketnameS3"]["Properties"]
    assert permission["SourceArn"]["Fn::Join"][1][-1] == ":s3:::your-bucket-name"
    names = [resources[name]["Properties"]["BucketName"] for name in ("Site", "Short", "Fine")]
    assert names == ["mysite", "bucket-x", "fine.bucket-1"]
    assert compiled.template["Outputs"]["Topic"]["Value"] == {"Ref": "MySite"}
    assert compiled.template["Outputs"]["Arn"]["Value"] == "arn:aws:s3:::mysite/*"
    (told,) = (text for text in texts(compiled.local_warnings) if "names of buckets" in text)
    assert "'<your-bucket-name>' is 'your-bucket-name' here" in told


def test_a_deployment_refuses_it(compile_text: Compile) -> None:
    with pytest.raises(UserError, match="not the name of a bucket: '<your-bucket-name>'"):
        compile_text(FILE)


def test_buckets_that_policies_name_and_nobody_makes_are_made_empty(compile_text: Compile) -> None:
    text = """
    provider:
      name: aws
      runtime: nodejs20.x
      iamRoleStatements:
        - {Effect: Allow, Action: "s3:*", Resource: ["arn:aws:s3:::YOUR_BUCKET/*", "arn:aws:s3:::ours"]}
        - {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::*"}
        - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::theirs-${AWS::Region}/x/*"}
    service: shop
    functions: {a: {handler: h.handler, environment: {BUCKET: YOUR_BUCKET}}}
    resources: {Resources: {Ours: {Type: "AWS::S3::Bucket", Properties: {BucketName: ours}}}}
    """
    compiled = compile_text(text, is_lenient=True)
    assert [one.arn for one in compiled.externals] == ["arn:aws:s3:::your-bucket", "arn:aws:s3:::theirs-us-east-1"]
    function = compiled.template["Resources"]["ALambdaFunction"]["Properties"]
    assert function["Environment"]["Variables"] == {"BUCKET": "your-bucket"}
    assert compile_text(text).externals == ()


def test_buckets_of_older_files_have_the_acl_that_they_say(compile_text: Compile) -> None:
    text = """
    functions: {a: {handler: h.handler}}
    resources:
      Resources:
        Site: {Type: "AWS::S3::Bucket", Properties: {AccessControl: PublicRead}}
        Plain: {Type: "AWS::S3::Bucket", Properties: {AccessControl: Private}}
    """
    compiled = compile_text(text, is_lenient=True)
    resources = compiled.template["Resources"]
    assert resources["Site"]["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    assert "OwnershipControls" not in resources["Plain"]["Properties"]
    assert any("since April 2023" in one and one.endswith(": Site") for one in texts(compiled.local_warnings))
    assert "OwnershipControls" not in compile_text(text).template["Resources"]["Site"]["Properties"]


def test_buckets_of_older_files_are_as_public_as_they_were(compile_text: Compile) -> None:
    text = """
    functions: {a: {handler: h.handler}}
    resources:
      Resources:
        Listed: {Type: "AWS::S3::Bucket", Properties: {AccessControl: PublicRead}}
        Open: {Type: "AWS::S3::Bucket"}
        Named: {Type: "AWS::S3::Bucket", Properties: {BucketName: named}}
        Closed: {Type: "AWS::S3::Bucket", Properties: {PublicAccessBlockConfiguration: {BlockPublicPolicy: true}}}
        Plain: {Type: "AWS::S3::Bucket"}
        OpenPolicy:
          Type: AWS::S3::BucketPolicy
          Properties:
            Bucket: !Ref Open
            PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "*"}]}
        NamedPolicy:
          Type: AWS::S3::BucketPolicy
          Properties:
            Bucket: named
            PolicyDocument: {Statement: {Effect: Allow, Principal: {AWS: ["*"]}, Action: "s3:GetObject", Resource: "*"}}
        PlainPolicy:
          Type: AWS::S3::BucketPolicy
          Properties:
            Bucket: !Ref Plain
            PolicyDocument: {Statement: [{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}]}
    """
    compiled = compile_text(text, is_lenient=True)
    resources = compiled.template["Resources"]
    blocks = {
        name: resources[name].get("Properties", {}).get("PublicAccessBlockConfiguration")
        for name in ("Listed", "Open", "Named", "Closed", "Plain")
    }
    off = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), False)
    assert blocks == {"Listed": off, "Open": off, "Named": off, "Closed": {"BlockPublicPolicy": True}, "Plain": None}
    assert any(
        "AWS refuses public buckets" in one and one.endswith(": Listed, Open, Named")
        for one in texts(compiled.local_warnings)
    )
    strict = compile_text(text).template["Resources"]
    assert "PublicAccessBlockConfiguration" not in strict["Listed"]["Properties"]


@pytest.mark.parametrize("setting", ["{name: s3_bucket_sls, versioning: true}", "s3_bucket_sls"])
def test_so_is_it_of_the_bucket_of_deployments(compile_text: Compile, setting: str) -> None:
    text = f"provider: {{name: aws, runtime: nodejs20.x, deploymentBucket: {setting}}}\n"
    text = f"service: shop\n{text}functions: {{a: {{handler: h.handler}}}}"
    compiled = compile_text(text, is_lenient=True)
    assert compiled.template["Resources"]["ALambdaFunction"]["Properties"]["Code"]["S3Bucket"] == "s3-bucket-sls"
    assert compiled.deployment.bucket == "s3-bucket-sls"
    assert "arn:aws:s3:::s3-bucket-sls" in {one.arn for one in compiled.externals}
    assert "'s3_bucket_sls' is 's3-bucket-sls' here" in " ".join(texts(compiled.local_warnings))
    assert compile_text(text).deployment.bucket == "s3_bucket_sls"
