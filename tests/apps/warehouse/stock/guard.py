"""Lets in who has a badge."""


def handler(event, context):
    effect = "Allow" if event["authorizationToken"] == "gold" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
