"""Does what was deployed work? python scripts/smoke.py STAGE

Registers, logs in, writes, reads and withdraws, as users do. Exit code 1 and the answer when something is wrong.
The e-mail of welcome goes to AWS's mailbox simulator, and to nobody.
"""

import sys
import time
from uuid import uuid4

from deployed import Api, SmokeFailed, require, run

READ_MODEL_TRIES = 60


def check(api: Api) -> None:
    """Raises SmokeFailed."""
    email, password = f"success+{uuid4().hex}@simulator.amazonses.com", uuid4().hex
    user = require(api.call("POST", "/users", {"email": email, "name": "Smoke", "password": password}), 201)["id"]
    require(api.call("POST", "/users", {"email": email, "name": "Smoke", "password": password}), 409)
    require(api.call("POST", "/login", {"email": email, "password": "wrong"}), 401)
    token = require(api.call("POST", "/login", {"email": email, "password": password}), 200)["token"]
    require(api.call("GET", f"/users/{user}"), 401)
    post = require(api.call("POST", "/posts", {"title": "Smoke", "text": "Is it there?"}, token), 201)["id"]
    if require(api.call("GET", f"/posts/{post}", None, token), 200)["text"] != "Is it there?":
        raise SmokeFailed(f"the post {post} is not what was written")
    items = require(api.call("GET", f"/users/{user}/posts", None, token), 200)["items"]
    if [one["id"] for one in items] != [post]:
        raise SmokeFailed(f"the posts of {user} are {items}")
    require(api.call("PUT", f"/users/{user}/role", {"role": "admin"}, token), 403)
    require(api.call("DELETE", f"/posts/{post}", None, token), 204)
    require(api.call("GET", f"/posts/{post}", None, token), 404)
    _read_model(api, user, token)


def _read_model(api: Api, user: str, token: str) -> None:
    """The profile comes by the table's stream, soon."""
    for _ in range(READ_MODEL_TRIES):
        answer = api.call("GET", f"/users/{user}", None, token)
        if answer.status != 404:
            break
        time.sleep(1)
    if require(answer, 200)["name"] != "Smoke":
        raise SmokeFailed(f"the profile of {user} is {answer.body.decode()}")


if __name__ == "__main__":
    sys.exit(run(check))
