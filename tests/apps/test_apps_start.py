"""``stratolite start``: the bare cloud, as scripts start it."""

import json
import subprocess

from tests.apps.conftest import ENDED_S_MAX, command, http


def test_a_script_reads_where_it_is_and_ends_it() -> None:
    words = command("start", "--ephemeral", "--json", "--port", "0", "--app-port", "0")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    try:
        assert set(told) == {"endpoint", "app_endpoint", "data", "pid"}
        assert (told["pid"], told["data"]) == (process.pid, None)
        assert http("GET", f"{told['endpoint']}/_stratolite/health").json()["app_endpoint"] == told["app_endpoint"]
    finally:
        process.terminate()
        rest, errors = process.communicate(timeout=ENDED_S_MAX)
    assert (process.returncode, rest) == (0, "")
    assert errors == "stopped; nothing is kept (--ephemeral)\n"
