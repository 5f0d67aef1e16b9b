"""What stands behind the authorizers."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Who calls, as the authorizer says."""
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}


def mapped(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The same, by way of the framework's mapping template."""
    return {"principalId": event["principalId"], "context": event["enhancedAuthContext"]}
