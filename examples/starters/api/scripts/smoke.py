"""Does what was deployed work? python scripts/smoke.py STAGE

Registers, logs in, writes, reads and deletes, as users do. Exit code 1 and the answer when something is wrong.
"""

import sys
from uuid import uuid4

from deployed import Api, require, run


def check(api: Api) -> None:
    """Raises SmokeFailed."""
    name, password = f"smoke-{uuid4().hex[:12]}", uuid4().hex
    require(api.call("POST", "/users", {"name": name, "password": password}), 201)
    require(api.call("POST", "/users", {"name": name, "password": password}), 409)
    require(api.call("POST", "/login", {"name": name, "password": "wrong"}), 401)
    token = require(api.call("POST", "/login", {"name": name, "password": password}), 200)["token"]
    require(api.call("GET", "/notes"), 401)
    note = require(api.call("POST", "/notes", {"text": "Is it there?"}, token), 201)
    require(api.call("PUT", f"/notes/{note['id']}", {"text": "It is.", "version": note["version"]}, token), 200)
    require(api.call("PUT", f"/notes/{note['id']}", {"text": "No!", "version": note["version"]}, token), 409)
    assert require(api.call("GET", f"/notes/{note['id']}", None, token), 200)["text"] == "It is."
    assert [one["id"] for one in require(api.call("GET", "/notes?limit=1", None, token), 200)["items"]] == [note["id"]]
    require(api.call("DELETE", f"/notes/{note['id']}", None, token), 204)
    require(api.call("GET", f"/notes/{note['id']}", None, token), 404)


if __name__ == "__main__":
    sys.exit(run(check))
