"""Orders: what needs no cloud, and then all of it as its users see it."""

import json

from stratolite_patterns.events import Event

import orders
import smoke
from deployed import Api


def queue(*bodies):
    """A batch of a queue, as Lambda hands it over."""
    arn = "arn:aws:sqs:us-east-1:000000000000:placed"
    texts = enumerate(bodies)
    return {
        "Records": [
            {"messageId": str(number), "body": body, "eventSource": "aws:sqs", "eventSourceARN": arn}
            for number, body in texts
        ]
    }


def test_what_cannot_be_read_fails_alone(monkeypatch):
    confirmed = []
    event = Event(type="order.placed", data={"id": "1"})
    monkeypatch.setattr(orders.confirm, "_once", None)
    monkeypatch.setattr(orders.table, "update", lambda key, **changes: confirmed.append(changes))
    answer = orders.confirm(queue("no json", event.to_json()), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert confirmed == [{"status": orders.Status.CONFIRMED}]


def test_what_is_wrong_is_named():
    event = {
        "httpMethod": "POST",
        "resource": "/orders",
        "path": "/orders",
        "pathParameters": None,
        "queryStringParameters": None,
        "requestContext": {},
        "body": json.dumps({"article": "a", "quantity": 101, "status": "confirmed"}),
        "isBase64Encoded": False,
    }
    answer = orders.handle(event, None)
    assert answer["statusCode"] == 400
    assert "/quantity" in answer["body"]
    assert "/status" in answer["body"]


def test_as_users_see_it(cloud):
    smoke.check(Api.of_stage("dev"))
