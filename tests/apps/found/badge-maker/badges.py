import base64
import json

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def badge(event, context):
    if event["httpMethod"] == "PUT":
        image = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
        return {"statusCode": 200, "body": json.dumps({"size": len(image), "binary": event["isBase64Encoded"]})}
    if event["resource"] == "/limited":
        return {"statusCode": 200, "body": event["stageVariables"]["theme"]}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "image/png"},
        "body": base64.b64encode(PNG).decode(),
        "isBase64Encoded": True,
    }


def debug(event, context):
    return {"statusCode": 200, "body": "debug"}
