import json


def _answer(event, path):
    context = event["requestContext"]
    shown = {
        "path": path,
        "context_path": context.get("path") or context["http"]["path"],
        "domain": context["domainName"],
        "prefix": context["domainPrefix"],
        "stage": context["stage"],
        "id": event["pathParameters"]["id"],
    }
    return {"statusCode": 200, "body": json.dumps(shown)}


def order(event, context):
    return _answer(event, event["path"])


def cart(event, context):
    return _answer(event, event["rawPath"])
