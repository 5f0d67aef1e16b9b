"""Functions that share a zip, as those of an application do: it is unpacked once, also when all begin at once.

No page of AWS's says how; that each of them runs is what is expected there.
"""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud

from stratolite.engine import code

NAMES = [f"shared-{place}" for place in range(4)]
HANDLER = "import os\n\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_FUNCTION_NAME']\n"


def test_what_functions_share_is_unpacked_once(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[str] = []
    unpack = code.unpack

    def counted(sha256: str, data: bytes, root: Path, *more: Any, **settings: Any) -> Path:
        unpacked.append(sha256)
        return unpack(sha256, data, root, *more, **settings)

    monkeypatch.setattr(code, "unpack", counted)
    client = cloud.client("lambda")
    for name in NAMES:
        client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="shared.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/r",
            Code={"ZipFile": zipped(HANDLER, "shared.py")},
        )

    def answer(name: str) -> Any:
        return json.loads(client.invoke(FunctionName=name)["Payload"].read())

    with ThreadPoolExecutor(len(NAMES)) as pool:
        assert list(pool.map(answer, NAMES)) == NAMES
    assert len(unpacked) == 1


def test_a_runtime_can_be_prepared_ahead_and_one_that_is_none_does_no_harm(cloud: RunningCloud) -> None:
    port = cloud.cloud.world.ports.function
    for runtime in ("python3.12", "java21"):
        cloud.run(port.prepare(runtime))


WRITER = """
import os

def handler(event, context):
    try:
        with open(os.path.join(os.path.dirname(__file__), "kept.txt"), "a") as file:
            file.write("more")
    except OSError:
        return "read-only"
    return "written"
"""


@pytest.mark.parametrize("isolation", [True, False])
def test_versions_share_files_where_no_function_can_write_to_them(tmp_path: Path, isolation: bool) -> None:
    running = RunningCloud(tmp_path / "data", isolation=isolation).start()
    try:
        client, role = running.client("lambda"), f"arn:aws:iam::{ACCOUNT}:role/r"

        def code(number: int) -> bytes:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as file:
                # As a zip has files that have not changed: of the same time.
                for name, text in (("app.py", f"{WRITER}# {number}"), ("kept.txt", "kept")):
                    file.writestr(zipfile.ZipInfo(name), text)
            return buffer.getvalue()

        settings = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "app.handler", "Role": role}
        client.create_function(**settings, Code={"ZipFile": code(0)})
        answers = [client.invoke(FunctionName="f")["Payload"].read()]
        client.update_function_code(FunctionName="f", ZipFile=code(1))
        answers.append(client.invoke(FunctionName="f")["Payload"].read())
        kept = list((tmp_path / "data/run/lambda/code").glob("*/kept.txt"))
        assert len(kept) == 2
        if kept[0].samefile(kept[1]):
            # Only where the machine has namespaces.
            assert isolation and answers == [b'"read-only"'] * 2
    finally:
        running.stop()
