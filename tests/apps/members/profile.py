import json


def handler(event, context):
    """Who calls, as the authorizer says."""
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}


def mapped(event, context):
    """The same, by way of the framework's mapping template."""
    return {"principalId": event["principalId"], "context": event["enhancedAuthContext"]}
