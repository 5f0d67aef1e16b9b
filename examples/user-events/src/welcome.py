"""Welcomes new users: receives `user.created` alone, by a filter on the message attributes."""

from src.seen import remember


def handler(event, context):
    for record in event["Records"]:
        remember("welcome", record)
