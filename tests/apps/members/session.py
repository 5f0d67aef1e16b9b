"""A REQUEST authorizer: a cookie, good for one device."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    is_known = event["headers"]["Cookie"] == "session=ada" and event["queryStringParameters"]["device"] == "phone"
    statement = {
        "Effect": "Allow" if is_known else "Deny",
        "Action": "execute-api:Invoke",
        "Resource": event["methodArn"].split("/")[0] + "/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ada", "policyDocument": policy, "context": {"path": event["path"]}}
