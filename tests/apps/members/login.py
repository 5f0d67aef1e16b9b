import json

import tokens


def handler(event, context):
    """A token for whoever asks; a real one would ask for a password."""
    asked = json.loads(event["body"])
    claims = {"sub": asked["name"], "role": asked.get("role", "member")}
    return {"statusCode": 200, "body": json.dumps({"token": tokens.issue(claims, asked.get("seconds", 3600))})}
