import base64
import gzip
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
    if event["pathParameters"]["name"] == "nobody":
        print("FAILED: there is nobody of that name")
        return {"statusCode": 404, "body": ""}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "image/png"},
        "body": base64.b64encode(PNG).decode(),
        "isBase64Encoded": True,
    }


def audit(event, context):
    lines = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print("audited", len(lines["logEvents"]))


def debug(event, context):
    return {"statusCode": 200, "body": "debug"}
