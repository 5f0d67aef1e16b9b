"""Connections end by the clock and with the process, and ``$disconnect`` is told of each.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from pathlib import Path

from tests.conftest import RunningCloud
from tests.wire.web_sockets import WebSocketApis

MINUTE_S = 60


def test_a_client_that_is_silent_for_ten_minutes_is_sent_away(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    apis = WebSocketApis(timed_cloud, tmp_path)
    api_id = apis.make()
    silent, talking, pinging, told = (apis.connect(api_id) for _ in range(4))
    ids = [each.ask("x")["requestContext"]["connectionId"] for each in (silent, talking, pinging, told)]
    manager = apis.connections()
    timed_cloud.advance(9 * MINUTE_S)
    talking.ask("x")
    assert pinging.pong(b"") == b""
    manager.post_to_connection(ConnectionId=ids[3], Data=b"x")
    assert told.receive() == "x"
    manager.close()
    timed_cloud.advance(MINUTE_S)
    assert silent.closed() == (1001, "Going away")
    end = apis.disconnected(ids[0])[0]["requestContext"]
    assert (end["disconnectStatusCode"], end["disconnectReason"]) == (1001, "Going away")
    for client in (talking, pinging, told):
        client.ask("still here")
        client.close()


def test_nobody_is_connected_for_more_than_two_hours(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    apis = WebSocketApis(timed_cloud, tmp_path)
    first = apis.connect(apis.make())
    for _ in range(14):
        timed_cloud.advance(8 * MINUTE_S)
        first.ask("x")
    late = apis.connect(apis.client.get_apis()["Items"][0]["ApiId"])
    late.ask("x")
    timed_cloud.advance(8 * MINUTE_S)
    assert first.closed() == (1001, "Going away")
    late.ask("x")
    late.close()


def test_who_was_connected_when_the_server_stopped_is_told_of_by_the_next(tmp_path: Path) -> None:
    first = RunningCloud(tmp_path / "data").start()
    apis = WebSocketApis(first, tmp_path)
    client = apis.connect(apis.make())
    connection_id = client.ask("x")["requestContext"]["connectionId"]
    first.stop()
    assert client.closed() == (1001, "Going away")
    second = RunningCloud(tmp_path / "data").start()
    second.drain()
    (end,) = apis.seen("DISCONNECT")
    assert end["requestContext"]["connectionId"] == connection_id
    second.drain()
    assert len(apis.seen("DISCONNECT")) == 1
    second.stop()
