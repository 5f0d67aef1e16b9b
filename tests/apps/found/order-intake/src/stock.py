"""What is in stock, behind a function URL."""

from typing import Any

STOCK = {"book": 3}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    item = event["queryStringParameters"]["item"]
    return {"item": item, "left": STOCK.get(item, 0), "host": event["requestContext"]["domainName"]}
