"""Keeps a record of everything but tests."""

from src.seen import remember


def handler(event, context):
    for record in event["Records"]:
        remember("audit", record)
