"""The role with which API Gateway writes access logs: one for a whole account, set through a custom resource.

CloudFormation's own AWS::ApiGateway::Account would take another stack's role away, so the framework deploys a function
that sets the role only where none is set.
"""

import hashlib
from pathlib import Path
from typing import Any

from stratolite.templates.artefacts import Artefact, packed_texts
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.logs import log_group

CUSTOM_RESOURCE = "CustomApiGatewayAccountCloudWatchRole"
ROLE = "IamRoleCustomResourcesLambdaExecution"
FUNCTION = "custom-resource-apigw-cw-role"
ARTEFACT = "custom-resources.zip"
RUNTIME_ON_AWS = "python3.13"
"""What its function runs on where it is deployed; the framework's own is written for Node 18."""
SOURCE = Path(__file__).with_name("account_role_function.py")
LOCALLY = "API Gateway writes its logs here without a role"
NAME_LENGTH_MAX = 64
_HALF = 32
_LOG_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def make_account_role(work: Compilation, role_arn: Any) -> None:
    """The custom resource, its function and that function's role.

    ``role_arn``: the role to set; None to have one made.
    """
    service = work.service
    function = naming.lambda_function(naming.normalized(FUNCTION))
    work.resources[CUSTOM_RESOURCE] = {
        "Type": "Custom::ApiGatewayAccountRole",
        "Version": 1,
        "Properties": {"ServiceToken": {"Fn::GetAtt": [function, "Arn"]}},
    }
    if role_arn is not None:
        work.resources[CUSTOM_RESOURCE]["Properties"]["RoleArn"] = role_arn
    name = _function_name(f"{service.name}-{service.stage}-{FUNCTION}")
    writes_logs = truthy(service.setting("logs", "frameworkLambda"))
    depends_on = []
    deployment_role = service.setting("iam", "deploymentRole") or service.provider.get("cfnRole")
    if not truthy(deployment_role):
        work.put(ROLE, "AWS::IAM::Role", _role(work, writes_logs=writes_logs))
        depends_on.append(ROLE)
    if writes_logs:
        group = naming.log_group(FUNCTION)
        depends_on.append(group)
        work.put(group, "AWS::Logs::LogGroup", log_group(service, naming.log_group_name(name), {}))
    work.put(
        function,
        "AWS::Lambda::Function",
        {
            "Code": {"S3Bucket": service.code_bucket, "S3Key": f"{work.key_prefix}/{ARTEFACT}"},
            "FunctionName": name,
            "Handler": "api-gateway-cloud-watch-role/handler.handler",
            "MemorySize": 1024,
            "Runtime": "nodejs18.x",
            "Timeout": 180,
            "Role": deployment_role or {"Fn::GetAtt": [ROLE, "Arn"]},
        },
        depends_on=depends_on,
    )
    key = f"{work.key_prefix}/{ARTEFACT}"
    code = packed_texts({"api-gateway-cloud-watch-role/handler.py": SOURCE.read_bytes()})
    work.aws_artefacts.append(Artefact(ARTEFACT, key, body=code))
    work.aws_only |= dict.fromkeys((CUSTOM_RESOURCE, function, *depends_on), LOCALLY)


def _function_name(name: str) -> str:
    """Names over AWS's limit keep their beginning, and end in a digest."""
    if len(name) <= NAME_LENGTH_MAX:
        return name
    return name[:_HALF] + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _role(work: Compilation, *, writes_logs: bool) -> dict[str, Any]:
    service = work.service
    trust = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    statements: list[dict[str, Any]] = []
    if writes_logs:
        group = _LOG_ARN + naming.log_group_name(f"{service.name}-{service.stage}")
        create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
        statements += [
            {"Effect": "Allow", "Action": create, "Resource": [{"Fn::Sub": f"{group}*:*"}]},
            {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [{"Fn::Sub": f"{group}*:*:*"}]},
        ]
    roles = ["arn", {"Ref": "AWS::Partition"}, "iam:", {"Ref": "AWS::AccountId"}, "role/*"]
    actions = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:ListAttachedRolePolicies", "iam:PassRole"]
    account = ["arn", {"Ref": "AWS::Partition"}, "apigateway:*::/account"]
    statements += [
        {"Effect": "Allow", "Resource": {"Fn::Join": [":", roles]}, "Action": actions},
        {
            "Effect": "Allow",
            "Resource": {"Fn::Join": [":", account]},
            "Action": ["apigateway:GET", "apigateway:PATCH"],
        },
    ]
    name = {"Fn::Join": ["-", [service.stage, service.name, "custom-resources-lambda"]]}
    policy = {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
    }
