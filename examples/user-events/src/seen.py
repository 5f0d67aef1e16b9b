"""Where subscribers write down what they saw."""

import os
from functools import cache

import boto3


@cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])


def remember(subscriber, record):
    """Write one SNS record down. A record that is delivered twice is written over itself."""
    sns = record["Sns"]
    table().put_item(Item={"subscriber": subscriber, "eventId": sns["MessageId"], "message": sns["Message"]})
    print(f"{subscriber} saw {sns['MessageId']}")
