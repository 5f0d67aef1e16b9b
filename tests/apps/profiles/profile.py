"""A handler that keeps profiles in Redis, written as for AWS: what it knows is in its environment."""

import os

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

host, port = os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"])
sessions = redis.Redis(host=host, port=port, decode_responses=True)
reader = redis.Redis(host=host, port=int(os.environ["READER_PORT"]), decode_responses=True)
# A cluster that has just been started may still say that it is down.
secure = redis.Redis(
    host=os.environ["SECURE_HOST"],
    port=int(os.environ["SECURE_PORT"]),
    ssl=True,
    decode_responses=True,
    retry=Retry(ConstantBackoff(0.1), 30),
    retry_on_error=[redis.exceptions.ClusterDownError],
)


def handler(event: dict[str, str], context: object) -> dict[str, object]:
    """Keep what came, and give back what is there."""
    if "set" in event:
        sessions.set("profile", event["set"])
    secure.set("seen", "python")
    return {
        "profile": reader.get("profile"),
        "seen": secure.get("seen"),
        "policy": sessions.info("memory")["maxmemory_policy"],
    }
