"""``DeploymentPreference``: CodeDeploy moves an alias from one version to the next.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html
"""

from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam.expansion import Expansion, invalid

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

APPLICATION = "ServerlessDeploymentApplication"
ROLE = "CodeDeployServiceRole"
_MANAGED = "service-role/AWSCodeDeployRoleForLambda"
_OWN = ("AllAtOnce", "Canary", "Linear")
"""How names of CodeDeploy's own ways begin."""


def policy(expansion: Expansion, function: "Function") -> dict[str, Any]:
    """How an update moves the alias of a function; nothing where it does so at once."""
    given = function.resource.properties.get("DeploymentPreference")
    if not given or expansion.value(given.get("Enabled", True)) in (False, "false", "False"):
        return {}
    kind = expansion.value(given.get("Type"))
    if kind is None:
        raise invalid(function.name, "'DeploymentPreference' requires the property Type.")
    application = {"Ref": APPLICATION}
    if APPLICATION not in expansion.made:
        expansion.add(APPLICATION, "AWS::CodeDeploy::Application", {"ComputePlatform": "Lambda"})
    group: dict[str, Any] = {
        "ApplicationName": application,
        "AutoRollbackConfiguration": {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        "DeploymentConfigName": f"CodeDeployDefault.Lambda{kind}" if str(kind).startswith(_OWN) else kind,
        "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
        "ServiceRoleArn": given.get("Role") or {"Fn::GetAtt": [_role(expansion), "Arn"]},
    }
    if given.get("Alarms"):
        group["AlarmConfiguration"] = {"Enabled": True, "Alarms": [{"Name": one} for one in given["Alarms"]]}
    if given.get("TriggerConfigurations"):
        group["TriggerConfigurations"] = given["TriggerConfigurations"]
    name = f"{function.name}DeploymentGroup"
    expansion.add(name, "AWS::CodeDeploy::DeploymentGroup", group, **function.condition)
    moved: dict[str, Any] = {"ApplicationName": application, "DeploymentGroupName": {"Ref": name}}
    hooks = given.get("Hooks") or {}
    if hooks.get("PreTraffic"):
        moved["BeforeAllowTrafficHook"] = hooks["PreTraffic"]
    if hooks.get("PostTraffic"):
        moved["AfterAllowTrafficHook"] = hooks["PostTraffic"]
    return {"CodeDeployLambdaAliasUpdate": moved}


def _role(expansion: Expansion) -> str:
    if ROLE not in expansion.made:
        trust = {
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": {"Service": ["codedeploy.amazonaws.com"]},
        }
        properties = {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "ManagedPolicyArns": [{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{_MANAGED}"}],
        }
        expansion.add(ROLE, "AWS::IAM::Role", properties)
    return ROLE
