"""The three levels of tests, and what they run in.

test_community_unit.py         no cloud at all
test_community_integration.py  handlers in this process, tables and queues in a local cloud
test_community_http.py         `stratolite up`, and nothing but HTTP
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # Where pytest imports tests by their files, `driving` is not found.

from driving import APPLICATION, UNIT, Application, Cloud, Context, Deployed, alone, imported, process


@pytest.fixture(scope="session")
def context() -> Context:
    return Context()


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    """The application without a cloud."""
    with imported(UNIT) as application:
        yield application


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A bare local cloud."""
    folder = tmp_path_factory.mktemp("cloud")
    running = Cloud(folder / "log.txt")
    arguments = ["start", "--port", "0", "--app-port", "0", "--data", str(folder / "data")]
    with process(arguments, running.log, running.is_ready):
        yield running


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The whole application, started once: ``stratolite up``. Its data goes when it ends."""
    running = Deployed(tmp_path_factory.mktemp("community") / "log.txt")
    arguments = ["up", str(APPLICATION), "--port", "0", "--app-port", "0", "--ephemeral", "--no-watch"]
    with contextlib.ExitStack() as stack:
        with alone(APPLICATION / ".serverless" / "tests.lock"):
            stack.enter_context(process(arguments, running.log, running.is_up))
        yield running
