"""AWS clients for the patterns: made when first used, kept for the life of the process.

Every wait is bounded: a service that cannot be reached is an error within seconds, not a function that times out.
"""

from functools import cache
from typing import Any

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 10
ATTEMPTS_MAX = 3


@cache
def client(service: str) -> Any:
    """The boto3 client of a service. Raises botocore's errors where credentials or a region are missing."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"max_attempts": ATTEMPTS_MAX, "mode": "standard"},
    )
    return boto3.client(service, config=config)
