"""A WebSocket API and a client that is none of ours: the WebSocket that Node.js has, as browsers have it."""

import json
import shutil
import subprocess

import pytest
from tests.conftest import RunningCloud
from tests.wire.web_sockets import STAGE, WebSocketApis

SCRIPT = """
const socket = new WebSocket(process.argv[1], ["one", "two"]);
const heard = [];
socket.onmessage = ({ data }) => {
  heard.push(data);
  if (heard.length === 2) socket.close(4000, "enough");
};
socket.onopen = () => {
  socket.send(JSON.stringify({ answer: { statusCode: 200, body: "x".repeat(30000) } }));
  socket.send(JSON.stringify({ answer: { statusCode: 200, body: "é€𝄞" } }));
};
socket.onerror = (event) => console.error(event);
socket.onclose = ({ code, reason, wasClean }) =>
  console.log(JSON.stringify({ code, reason, wasClean, protocol: socket.protocol, heard: heard.sort() }));
"""


def has_websocket() -> bool:
    """Whether there is a Node.js whose WebSocket can be had."""
    if shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "-v"], capture_output=True, text=True, check=True).stdout
    major, minor = (int(part) for part in told.strip("v\n").split(".")[:2])
    return major >= 22 or (major == 20 and minor >= 10)


@pytest.mark.skipif(not has_websocket(), reason="needs Node.js 20.10 or later")
def test_nodes_own_client(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> None:
    apis = WebSocketApis(cloud, tmp_path_factory.mktemp("seen"))
    apis.make()
    url = f"{cloud.app_endpoint.replace('http', 'ws', 1)}/{STAGE}"
    connect = json.dumps({"answer": {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "two"}}})
    command = ["node", "--experimental-websocket", "-e", SCRIPT, f"{url}?do={connect}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.stdout, done.stderr
    assert json.loads(done.stdout) == {
        "code": 4000,
        "reason": "enough",
        "wasClean": True,
        "protocol": "two",
        "heard": sorted(["x" * 30000, "é€𝄞"]),
    }
    cloud.drain()
    (end,) = apis.seen("DISCONNECT")
    assert (end["requestContext"]["disconnectStatusCode"], end["requestContext"]["disconnectReason"]) == (
        4000,
        "enough",
    )
