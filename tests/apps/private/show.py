"""Says where it believes to be, and whether its cache answers."""

import json
import os
import socket
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    place = os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"])
    with socket.create_connection(place) as connection:
        connection.sendall(b"PING\r\n")
        pong = connection.recv(100).decode().strip()
    names = ("VPC", "DEFAULT_GROUP", "SITE", "CERTIFICATE")
    return {"statusCode": 200, "body": json.dumps({"pong": pong, **{name: os.environ[name] for name in names}})}
