"""Connections and API destinations over the wire, beside what AWS answered, and the calls that they make."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.web_servers import QuietHandler, WebServer
from tests.wire.events_world import messages, put, queue, refused, ruled, settled

ANSWERS = "events/test_api_destinations_and_connection.json"
BASIC = {"BasicAuthParameters": {"Username": "user", "Password": "pass"}}
API_KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "ApiKey", "ApiKeyValue": "secret"}}

CLIENT = {"ClientID": "client_id", "ClientSecret": "client_secret"}
OAUTH = {
    "OAuthParameters": {
        # Nothing listens there, so that it stays as it was recorded.
        "AuthorizationEndpoint": "https://127.0.0.1:1/oauth",
        "ClientParameters": CLIENT,
        "HttpMethod": "POST",
    }
}


@pytest.fixture(scope="module")
def events(cloud: RunningCloud) -> Any:
    return cloud.client("events")


def connect(events: Any, name: str, kind: str = "BASIC", parameters: Any = BASIC) -> str:
    """The ARN of a new connection."""
    made = events.create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)
    return str(made["ConnectionArn"])


@pytest.mark.parametrize(
    ("kind", "parameters", "entry"),
    [
        ("BASIC", BASIC, "test_create_connection_with_auth[auth_params0]"),
        ("API_KEY", API_KEY, "test_create_connection_with_auth[auth_params1]"),
        ("OAUTH_CLIENT_CREDENTIALS", OAUTH, "test_create_connection_with_auth[auth_params2]"),
    ],
)
def test_connections_are_made_and_shown(events: Any, kind: str, parameters: Any, entry: str) -> None:
    answer = recorded(ANSWERS, entry)
    name = f"shown-{kind}"
    made = events.create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)
    assert set(made) == set(answer["create-connection-auth"])
    assert made["ConnectionState"] == answer["create-connection-auth"]["ConnectionState"]
    shown, wanted = events.describe_connection(Name=name), answer["describe-connection-auth"]
    assert set(shown) == set(wanted)
    if kind == "OAUTH_CLIENT_CREDENTIALS":
        wanted["AuthParameters"]["OAuthParameters"]["AuthorizationEndpoint"] = "https://127.0.0.1:1/oauth"
    assert shown["AuthParameters"] == wanted["AuthParameters"]
    [listed] = events.list_connections(NamePrefix=name)["Connections"]
    assert set(listed) == set(recorded(ANSWERS, "test_list_connections")["list-connections"]["Connections"][0])
    assert refused(events.create_connection, Name=name, AuthorizationType=kind, AuthParameters=parameters)["Code"] == (
        "ResourceAlreadyExistsException"
    )


def test_connections_are_changed_and_deleted(events: Any) -> None:
    answer = recorded(ANSWERS, "test_update_connection")
    connect(events, "changed")
    parameters = {"BasicAuthParameters": {"Username": "new_user", "Password": "new_pass"}}
    changed = events.update_connection(Name="changed", AuthParameters=parameters)
    assert set(changed) == set(answer["update-connection"])
    shown = events.describe_connection(Name="changed")
    assert shown["AuthParameters"]["BasicAuthParameters"] == {"Username": "new_user"}
    answer = recorded(ANSWERS, "test_delete_connection")
    deleted = events.delete_connection(Name="changed")
    assert set(deleted) == set(answer["delete-connection"]) and deleted["ConnectionState"] == "DELETING"
    error = refused(events.describe_connection, Name="changed")
    wanted = answer["describe-deleted-connection"]["Error"]["Message"]
    assert error["Message"] == wanted.replace("<connection-name>", "changed")


@pytest.mark.parametrize(
    ("kind", "parameters", "entry"),
    [
        ("BASIC", BASIC, "test_connection_secrets[basic]"),
        ("API_KEY", API_KEY, "test_connection_secrets[api-key]"),
        ("OAUTH_CLIENT_CREDENTIALS", OAUTH, "test_connection_secrets[oauth]"),
    ],
)
def test_a_connection_has_a_secret(cloud: RunningCloud, events: Any, kind: str, parameters: Any, entry: str) -> None:
    wanted = recorded(ANSWERS, entry)["connection-secret"]
    secrets = cloud.client("secretsmanager")
    name = f"secret-{kind}"
    connect(events, name, kind, parameters)
    arn = events.describe_connection(Name=name)["SecretArn"]
    found = secrets.get_secret_value(SecretId=arn)
    assert set(found) == set(wanted) and found["Name"].startswith(f"events!connection/{name}/")
    assert json.loads(found["SecretString"]).keys() == wanted["SecretString"].keys()
    added = {"HeaderParameters": [{"Key": "k", "Value": "v", "IsValueSecret": True}]}
    events.update_connection(Name=name, AuthParameters={**parameters, "InvocationHttpParameters": added})
    changed = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    headers = [{"key": "k", "value": "v", "is_value_secret": True}]
    assert changed == {
        **json.loads(found["SecretString"]),
        "invocation_http_parameters": {"header_parameters": headers},
    }
    # Whoever deletes the secret gets another one with the next change.
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    events.update_connection(Name=name, Description="changed")
    arn = events.describe_connection(Name=name)["SecretArn"]
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == changed
    events.delete_connection(Name=name)
    assert refused(secrets.get_secret_value, SecretId=arn)["Code"] == "ResourceNotFoundException"


def test_what_is_no_connection(events: Any) -> None:
    wanted = recorded(ANSWERS, "test_create_connection_invalid_parameters")["create-connection-invalid-auth-error"]
    error = refused(events.create_connection, Name="x", AuthorizationType="INVALID_AUTH_TYPE", AuthParameters=BASIC)
    assert error["Message"] == wanted["Error"]["Message"]
    wanted = recorded(ANSWERS, "test_create_connection_name_validation")["create-connection-invalid-name-error"]
    name = "Invalid Name With Spaces!"
    error = refused(events.create_connection, Name=name, AuthorizationType="BASIC", AuthParameters=BASIC)
    assert error["Message"] == wanted["Error"]["Message"]
    wanted = recorded("events/test_events.json", "test_create_connection_validations")["create_connection_exc"]
    name = "This should fail with two errors 123467890123412341234123412341234"
    error = refused(events.create_connection, Name=name, AuthorizationType="INVALID", AuthParameters=BASIC)
    assert error["Message"] == wanted["Error"]["Message"]


def test_api_destinations(events: Any) -> None:
    answer = recorded(ANSWERS, "test_api_destinations[auth0]")
    request = {
        "Name": "destination",
        "ConnectionArn": connect(events, "of-destination"),
        "HttpMethod": "POST",
        "InvocationEndpoint": "https://example.com/api",
        "Description": "Test API destination",
    }
    made = events.create_api_destination(**request)
    assert set(made) == set(answer["create-api-destination"]) and made["ApiDestinationState"] == "ACTIVE"
    shown = events.describe_api_destination(Name="destination")
    assert set(shown) == set(answer["describe-api-destination"])
    assert {name: shown[name] for name in request} == request
    [listed] = events.list_api_destinations(NamePrefix="destination")["ApiDestinations"]
    assert set(listed) == set(answer["list-api-destinations"]["ApiDestinations"][0])
    changes = {"HttpMethod": "PUT", "InvocationEndpoint": "https://example.com/api/v2"}
    changed = events.update_api_destination(Name="destination", **changes)
    assert set(changed) == set(answer["update-api-destination"])
    assert {**events.describe_api_destination(Name="destination")}.items() >= changes.items()
    assert settled(events.delete_api_destination(Name="destination")) == {}
    error = refused(events.describe_api_destination, Name="destination")
    wanted = answer["describe-api-destination-not-found-error"]["Error"]["Message"]
    assert error["Message"] == wanted.replace("<destination-name>", "destination")


def test_what_is_no_api_destination(events: Any) -> None:
    answer = recorded(ANSWERS, "test_create_api_destination_invalid_parameters")
    error = refused(
        events.create_api_destination,
        Name="x",
        ConnectionArn="invalid-connection-arn",
        HttpMethod="INVALID_METHOD",
        InvocationEndpoint="https://example.com/api",
    )
    assert error["Message"] == answer["create-api-destination-invalid-parameters-error"]["Error"]["Message"]


# Calls ------------------------------------------------------------------------------------------------------


class Endpoint(WebServer):
    """An HTTP server that remembers what it was asked, and answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.asked: list[str] = []
        """The forms with which tokens were asked for."""
        endpoint = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                if self.path.startswith("/token"):
                    endpoint.asked.append(body)
                    self.answer_with(200, json.dumps({"access_token": f"token-{len(endpoint.asked)}"}).encode())
                else:
                    endpoint.calls.append({"path": self.path, "headers": headers, "body": json.loads(body)})
                    self.answer_with(endpoint.answers.pop(0) if endpoint.answers else 200)

        super().__init__(Handler)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    running = Endpoint()
    yield running
    running.close()


def destined(cloud: RunningCloud, name: str, url: str, parameters: Any, **more: Any) -> str:
    """The ARN of a new API destination."""
    events = cloud.client("events")
    kinds = {"BasicAuthParameters": "BASIC", "ApiKeyAuthParameters": "API_KEY"}
    kind = next((kinds[name] for name in kinds if name in parameters), "OAUTH_CLIENT_CREDENTIALS")
    connection = connect(events, name, kind, parameters)
    made = events.create_api_destination(
        Name=name, ConnectionArn=connection, HttpMethod="POST", InvocationEndpoint=url, **more
    )
    return str(made["ApiDestinationArn"])


def test_a_call_with_all_that_a_connection_adds(cloud: RunningCloud, endpoint: Endpoint) -> None:
    invocation = {
        "HeaderParameters": [{"Key": "X-One", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "q", "Value": "a b"}],
        "BodyParameters": [{"Key": "added", "Value": "value", "IsValueSecret": True}],
    }
    there = destined(cloud, "calls", endpoint.url + "/orders/*", {**BASIC, "InvocationHttpParameters": invocation})
    http = {
        "PathParameterValues": ["a/b"],
        "HeaderParameters": {"X-One": "target", "X-Two": "target"},
        "QueryStringParameters": {"r": "1"},
    }
    ruled(cloud, "calls", {"Arn": there, "HttpParameters": http, "InputPath": "$.detail"})
    put(cloud, "calls", {"order": 1})
    cloud.drain()
    [call] = endpoint.calls
    assert call["path"] == "/orders/a%2Fb?r=1&q=a+b"
    assert call["body"] == {"order": 1, "added": "value"}
    headers = call["headers"]
    assert (headers["x-one"], headers["x-two"]) == ("connection", "target")
    assert headers["authorization"] == f"Basic {base64.b64encode(b'user:pass').decode()}"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"] == "Amazon/EventBridge/ApiDestinations"


def test_parameters_of_calls_may_be_paths_into_the_event(cloud: RunningCloud, endpoint: Endpoint) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#dynamic-path-parameters: they refer to
    the event as it came, not to what a transformer makes of it."""
    there = destined(cloud, "dynamic", endpoint.url + "/orders/*/*", BASIC)
    http = {
        "PathParameterValues": ["$.detail.order", "all"],
        "HeaderParameters": {"X-Kind": "$.detail-type"},
        "QueryStringParameters": {"to": "$.detail.places[*]", "by": "not $.detail.order"},
    }
    ruled(cloud, "dynamic", {"Arn": there, "HttpParameters": http, "Input": '{"constant": true}'})
    put(cloud, "dynamic", {"order": "7/8", "places": [1, 2]})
    cloud.drain()
    [call] = endpoint.calls
    assert call["path"] == "/orders/7%2F8/all?to=%5B1%2C2%5D&by=not+%24.detail.order"
    assert call["headers"]["x-kind"] == "Order"
    assert call["body"] == {"constant": True}


def test_calls_are_tried_again_by_the_clock(timed_cloud: RunningCloud, endpoint: Endpoint) -> None:
    there = destined(timed_cloud, "again", endpoint.url, API_KEY)
    ruled(timed_cloud, "again", {"Arn": there})
    endpoint.answers = [500, 429]
    put(timed_cloud, "again")
    timed_cloud.drain()
    timed_cloud.advance(1)
    timed_cloud.drain()
    timed_cloud.advance(2)
    timed_cloud.drain()
    assert [call["headers"]["apikey"] for call in endpoint.calls] == ["secret"] * 3


def test_calls_that_are_refused_go_to_the_dead_letters(cloud: RunningCloud, endpoint: Endpoint) -> None:
    there = destined(cloud, "refused", endpoint.url, API_KEY)
    url, dead = queue(cloud, "refused-calls")
    ruled(cloud, "refused", {"Arn": there, "DeadLetterConfig": {"Arn": dead}})
    endpoint.answers = [404]
    put(cloud, "refused")
    [message] = messages(cloud, url)
    assert message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == "The API destination answered 404."
    assert len(endpoint.calls) == 1


def test_calls_keep_to_their_rate(timed_cloud: RunningCloud, endpoint: Endpoint) -> None:
    there = destined(timed_cloud, "rated", endpoint.url, API_KEY, InvocationRateLimitPerSecond=2)
    ruled(timed_cloud, "rated", {"Arn": there})
    for _ in range(5):
        put(timed_cloud, "rated")
    for wanted in (2, 4, 5):
        timed_cloud.drain()
        assert len(endpoint.calls) == wanted
        timed_cloud.advance(1)


def test_a_connection_without_authorization_calls_nothing(timed_cloud: RunningCloud, endpoint: Endpoint) -> None:
    events = timed_cloud.client("events")
    there = destined(timed_cloud, "off", endpoint.url, API_KEY)
    ruled(timed_cloud, "off", {"Arn": there})
    assert events.deauthorize_connection(Name="off")["ConnectionState"] == "DEAUTHORIZING"
    assert events.describe_api_destination(Name="off")["ApiDestinationState"] == "INACTIVE"
    put(timed_cloud, "off")
    timed_cloud.drain()
    assert endpoint.calls == []


def oauth(endpoint: Endpoint) -> dict[str, Any]:
    more = {"BodyParameters": [{"Key": "scope", "Value": "orders"}]}
    parameters = {"ClientParameters": CLIENT, "HttpMethod": "POST", "OAuthHttpParameters": more}
    return {"OAuthParameters": {**parameters, "AuthorizationEndpoint": endpoint.url + "/token"}}


def test_tokens_are_asked_for_and_asked_for_again(timed_cloud: RunningCloud, endpoint: Endpoint) -> None:
    events = timed_cloud.client("events")
    there = destined(timed_cloud, "oauth", endpoint.url, oauth(endpoint))
    timed_cloud.drain()
    assert events.describe_connection(Name="oauth")["ConnectionState"] == "AUTHORIZED"
    assert events.describe_api_destination(Name="oauth")["ApiDestinationState"] == "ACTIVE"
    ruled(timed_cloud, "oauth", {"Arn": there})
    put(timed_cloud, "oauth")
    timed_cloud.drain()
    endpoint.answers = [401]
    put(timed_cloud, "oauth")
    timed_cloud.drain()
    timed_cloud.advance(1)
    timed_cloud.drain()
    sent = [call["headers"]["authorization"] for call in endpoint.calls]
    assert sent == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    form = "grant_type=client_credentials&client_id=client_id&client_secret=client_secret&scope=orders"
    assert endpoint.asked == [form, form]


def test_a_connection_that_gets_no_token(timed_cloud: RunningCloud) -> None:
    events = timed_cloud.client("events")
    connect(events, "tokenless", "OAUTH_CLIENT_CREDENTIALS", OAUTH)
    for wait_s in (1, 10, 60, 600):
        timed_cloud.drain()
        assert events.describe_connection(Name="tokenless")["ConnectionState"] == "AUTHORIZING"
        timed_cloud.advance(wait_s)
    timed_cloud.drain()
    assert events.describe_connection(Name="tokenless")["ConnectionState"] == "DEAUTHORIZED"
