import json
import os
import socket


def database():
    try:
        socket.create_connection((os.environ["DATABASE_HOST"], int(os.environ["DATABASE_PORT"])), timeout=2).close()
    except OSError as error:
        return type(error).__name__
    return "ok"


def show(event, context):
    names = ("CLICKS_STREAM", "ARCHIVE_STREAM_ARN", "DATABASE_HOST", "DATABASE_PORT", "KEY_ARN")
    settings = {name: os.environ[name] for name in names}
    return {"statusCode": 200, "body": json.dumps({**settings, "database": database()})}
