import json


def handler(event, context):
    """Who calls, as the authorizer says."""
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}
