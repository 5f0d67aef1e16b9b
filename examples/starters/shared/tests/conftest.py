"""What the tests share: the module of the handlers, and a local cloud with the application on it."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
READY_S_MAX = 120
sys.path[:0] = [str(HERE), str(HERE / "scripts")]
# What handlers read while they are imported, where no cloud gives it to them.
os.environ |= {"STAGE": "dev", "TABLE": "table", "AWS_DEFAULT_REGION": "us-east-1"}
os.environ |= {"TOPIC": "arn:aws:sns:us-east-1:000000000000:topic", "DONE": "done"}
os.environ |= {"PROGRESS": "progress", "DEAD_LETTERS": "https://sqs.us-east-1.amazonaws.com/000000000000/dead"}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """A local cloud that leaves nothing behind. AWS's SDKs find it by AWS_ENDPOINT_URL."""
    log = tmp_path_factory.mktemp("cloud") / "up.log"
    command = [sys.executable, "-m", "stratolite", "up", str(HERE), "--ephemeral", "--no-watch"]
    with log.open("w") as output:
        process = subprocess.Popen([*command, "--port", "0", "--app-port", "0"], stdout=output, stderr=output)
    try:
        endpoint = _ready(process, log)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", endpoint)
            patch.setenv("AWS_ACCESS_KEY_ID", "000000000000")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
            patch.delenv("AWS_PROFILE", raising=False)
            yield endpoint
    finally:
        process.terminate()
        process.wait(60)
        print(log.read_text())  # which pytest shows where a test has failed


def _ready(process, log):
    end = time.monotonic() + READY_S_MAX
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"AWS APIs at (http\S+) ", log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"stratolite up is not ready:\n{log.read_text()}")
