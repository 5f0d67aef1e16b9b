import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["CONNECTIONS_TABLE"])


def tell_everybody(clients, message):
    for person in table.scan()["Items"]:
        try:
            clients.post_to_connection(ConnectionId=person["connectionId"], Data=json.dumps(message))
        except clients.exceptions.GoneException:
            table.delete_item(Key={"connectionId": person["connectionId"]})


def handler(event, context):
    known = event["requestContext"]
    if known["routeKey"] == "$default":
        return {"statusCode": 200, "body": json.dumps({"help": "{\"action\": \"say\", \"text\": ...}"})}
    endpoint = f"https://{known['domainName']}/{known['stage']}"
    clients = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    text = json.loads(event["body"])["text"]
    tell_everybody(clients, {"from": known["authorizer"]["principalId"], "text": text})
    return {"statusCode": 200}


def announce(event, context):
    clients = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["WEBSOCKET_ENDPOINT"])
    tell_everybody(clients, {"from": "the house", "text": json.loads(event["body"])["text"]})
    return {"statusCode": 202, "body": ""}
