import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["CONNECTIONS_TABLE"])


def authorize(event, context):
    name = event["queryStringParameters"]["name"]
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Deny" if name == "mallory" else "Allow",
        "Resource": event["methodArn"],
    }
    return {"principalId": name, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def handler(event, context):
    known = event["requestContext"]
    if known["eventType"] == "CONNECT":
        table.put_item(Item={"connectionId": known["connectionId"], "name": known["authorizer"]["principalId"]})
    else:
        table.delete_item(Key={"connectionId": known["connectionId"]})
    return {"statusCode": 200}
