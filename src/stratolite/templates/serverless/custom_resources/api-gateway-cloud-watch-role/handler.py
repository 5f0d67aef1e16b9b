"""A custom resource's function: sets the role with which API Gateway writes logs, for a whole account.

Runs on Lambda, with the SDK that the runtime brings, and is never imported here. Removing the resource leaves the role:
other stacks of the account write their logs with it.
"""

import json
import time
import urllib.request
from typing import Any

ROLE_NAME = "serverlessApiGatewayCloudWatchRole"
ATTEMPTS_MAX = 10
PAUSE_S = 10
ANSWER_S_MAX = 30


def handler(event: dict[str, Any], context: Any) -> None:
    """Do what CloudFormation asks, and answer it, whatever happens."""
    status, reason = "SUCCESS", f"See the log {context.log_stream_name}"
    try:
        if event["RequestType"] == "Create":
            set_role(event["ResourceProperties"].get("RoleArn"), context.invoked_function_arn)
    except Exception as error:  # noqa: BLE001 - a stack whose custom resource says nothing waits for an hour.
        print(repr(error))
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId") or "CustomResourceApiGatewayAccountCloudWatchRole",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=ANSWER_S_MAX).close()


def set_role(given: str | None, function_arn: str) -> None:
    """Have API Gateway use a role: the one that is given, or one that is made."""
    import boto3

    gateway = boto3.client("apigateway")
    role = given or made_role(boto3.client("iam"), *function_arn.split(":")[1:5:3])
    if gateway.get_account().get("cloudwatchRoleArn") == role:
        return
    operations = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    for attempt in range(ATTEMPTS_MAX):
        try:
            gateway.update_account(patchOperations=operations)
            return
        except gateway.exceptions.ClientError:
            # A role that has just been made cannot be assumed at once.
            if attempt == ATTEMPTS_MAX - 1:
                raise
            time.sleep(PAUSE_S)


def made_role(iam: Any, partition: str, account: str) -> str:
    """The role's ARN. The role and its policy are made where they are missing."""
    policy = f"arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    try:
        attached = iam.list_attached_role_policies(RoleName=ROLE_NAME)["AttachedPolicies"]
    except iam.exceptions.NoSuchEntityException:
        attached = []
        principal = {"Service": ["apigateway.amazonaws.com"]}
        trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=ROLE_NAME, Path="/", AssumeRolePolicyDocument=document)
    if all(one["PolicyArn"] != policy for one in attached):
        iam.attach_role_policy(RoleName=ROLE_NAME, PolicyArn=policy)
    return f"arn:{partition}:iam::{account}:role/{ROLE_NAME}"
