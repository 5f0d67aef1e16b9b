"""The role with which API Gateway writes access logs: one for a whole account, set through a custom resource.

CloudFormation's own AWS::ApiGateway::Account would take another stack's role away, so the framework deploys a function
that sets the role only where none is set.
"""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import custom_resources
from stratolite.templates.serverless.compilation import Compilation

CUSTOM_RESOURCE = "CustomApiGatewayAccountCloudWatchRole"
MAKER = custom_resources.Maker(
    "custom-resource-apigw-cw-role", "api-gateway-cloud-watch-role/handler.handler", "python3.13"
)
LOCALLY = "API Gateway writes its logs here without a role"


def ensure_account_role(work: Compilation) -> None:
    """The custom resource, its function and that function's role, once for all APIs, unless ``logs.restApi`` says that
    somebody else sets the role."""
    settings = work.service.setting("logs", "restApi")
    given = settings if isinstance(settings, dict) else {}
    if CUSTOM_RESOURCE not in work.resources and not truthy(given.get("roleManagedExternally")):
        _make(work, given.get("role"))


def _make(work: Compilation, role_arn: Any) -> None:
    """``role_arn``: the role to set; None to have one made."""
    work.resources[CUSTOM_RESOURCE] = {
        "Type": "Custom::ApiGatewayAccountRole",
        "Version": 1,
        "Properties": {"ServiceToken": {"Fn::GetAtt": [MAKER.logical_id, "Arn"]}},
    }
    if role_arn is not None:
        work.resources[CUSTOM_RESOURCE]["Properties"]["RoleArn"] = role_arn
    roles = ["arn", {"Ref": "AWS::Partition"}, "iam:", {"Ref": "AWS::AccountId"}, "role/*"]
    account = ["arn", {"Ref": "AWS::Partition"}, "apigateway:*::/account"]
    statements = [
        {
            "Effect": "Allow",
            "Resource": {"Fn::Join": [":", roles]},
            "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:ListAttachedRolePolicies", "iam:PassRole"],
        },
        {
            "Effect": "Allow",
            "Resource": {"Fn::Join": [":", account]},
            "Action": ["apigateway:GET", "apigateway:PATCH"],
        },
    ]
    made = custom_resources.add(work, MAKER, statements, is_for_aws_alone=True)
    work.aws_only |= dict.fromkeys((CUSTOM_RESOURCE, *made), LOCALLY)
