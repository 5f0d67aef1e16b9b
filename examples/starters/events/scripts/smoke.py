"""Does what was deployed work? python scripts/smoke.py STAGE

Places an order, and waits until its event has gone all the way. Exit code 1 and the answer when something is wrong.
"""

import sys
import time

from deployed import Api, SmokeFailed, require, run

TRIES = 60


def check(api: Api) -> None:
    """Raises SmokeFailed."""
    require(api.call("POST", "/orders", {"article": "", "quantity": 0}), 400)
    require(api.call("GET", "/orders/nothing"), 404)
    order = require(api.call("POST", "/orders", {"article": "smoke", "quantity": 2}), 202)
    for _ in range(TRIES):
        if require(api.call("GET", f"/orders/{order['id']}"), 200)["status"] == "confirmed":
            return
        time.sleep(1)
    raise SmokeFailed(f"the order {order['id']} was not confirmed in {TRIES} s")


if __name__ == "__main__":
    sys.exit(run(check))
