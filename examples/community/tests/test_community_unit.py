"""What needs no cloud: who may call what, what is asked of bodies, and what becomes of what.

Run: pytest tests/test_community_unit.py
"""

import json
from datetime import UTC, datetime

import pytest
from driving import answer, queued, request
from stratolite_patterns.authorizer import Unauthorized
from stratolite_patterns.events import BatchFailed

pytestmark = pytest.mark.filterwarnings(
    "ignore:No application metrics"
)  # Powertools would have some of each invocation.

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev"
NEW = {"email": "ada@example.com", "name": "Ada", "password": "correct horse"}


def asked(token: str, method: str = "GET", path: str = "users/1") -> dict:
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": f"{ARN}/{method}/{path}"}


def allowed(policy: dict) -> set[str]:
    statements = policy["policyDocument"]["Statement"]
    found = [one["Resource"] for one in statements if one["Effect"] == "Allow"]
    return {each.removeprefix(f"{ARN}/") for one in found for each in (one if isinstance(one, list) else [one])}


# Who may call what.


def test_a_policy_names_all_that_a_role_may_call_whatever_it_was_asked_for(app, context):
    token = app.tokens.signer().sign("u-1", roles=["member"])
    first = app.authorizer.handler(asked(token, "GET", "users/1"), context)
    second = app.authorizer.handler(asked(token, "POST", "posts"), context)
    assert allowed(first) == allowed(second)
    assert "POST/posts" in allowed(first)
    assert not any(route.startswith(("PUT/users", "GET/counts")) for route in allowed(first))


def test_admins_may_more(app, context):
    token = app.tokens.signer().sign("u-1", roles=["member", "admin"])
    policy = app.authorizer.handler(asked(token), context)
    assert any(route.startswith("PUT/users/") for route in allowed(policy))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: "nonsense",
        lambda token: token[:-4] + "AAAA",
        lambda token: ".".join([token.split(".")[0], "e30", token.split(".")[2]]),
        lambda token: "eyJhbGciOiJub25lIn0." + token.split(".")[1] + ".",
    ],
    ids=["none", "nonsense", "another signature", "other claims", "alg: none"],
)
def test_a_token_that_is_not_ours_is_no_token(app, context, spoil):
    token = app.tokens.signer().sign("u-1", roles=["admin"])
    with pytest.raises(Unauthorized) as raised:
        app.authorizer.handler(asked(spoil(token)), context)
    assert str(raised.value) == "Unauthorized", "the word by which API Gateway answers 401"


# What is asked of bodies.


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"name": ""}, "name"),
        ({"password": "short"}, "password"),
        ({"name": 1}, "name"),
        ({"role": "admin"}, "role"),
    ],
)
def test_what_is_wrong_with_a_new_user_is_said_by_field(app, context, change, field):
    status, body = answer(app.commands.handler(request("POST", "/users", NEW | change), context))
    assert status == 400
    assert field in json.dumps(body)


@pytest.mark.parametrize("body", [None, "{", "[]", '"text"'])
def test_what_is_no_command_is_refused(app, context, body):
    event = request("POST", "/users") | {"body": body}
    assert answer(app.commands.handler(event, context))[0] == 400


def test_who_asks_is_not_the_bodys_to_say(app, context):
    event = request("POST", "/posts", {"title": "T", "text": "x", "author": "somebody else"}, caller="ada")
    assert answer(app.commands.handler(event, context))[0] == 400


def test_no_query_string_is_none_and_a_wrong_one_is_refused(app, context):
    event = request("GET", "/feed/{month}", caller="ada", pathParameters={"month": "2026"})
    assert answer(app.queries.handler(event, context))[0] == 400
    event = request(
        "GET", "/users/{id}/posts", caller="ada", pathParameters={"id": "a"}, queryStringParameters={"limit": "1000"}
    )
    assert answer(app.queries.handler(event, context))[0] == 400


def test_a_page_token_of_somebody_elses_making_is_refused(app, context):
    event = request(
        "GET", "/users/{id}/posts", caller="ada", pathParameters={"id": "a"}, queryStringParameters={"after": "e30"}
    )
    assert answer(app.queries.handler(event, context))[0] == 400


# What becomes of what.


def test_a_profile_has_neither_the_address_nor_the_password(app):
    user = app.entities.User("u-1", "ada@example.com", "Ada", "hash", joined=datetime(2026, 1, 2, tzinfo=UTC))
    profile = app.read_model.profile_of(user)
    assert {"id": profile.id, "name": profile.name, "role": profile.role} == {
        "id": "u-1",
        "name": "Ada",
        "role": "member",
    }
    assert "ada@example.com" not in repr(profile)
    assert "hash" not in repr(profile)
    assert "hash" not in repr(user)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a b.png", "in/images/u/a b.png"),
        ("../../etc/passwd", "in/images/u/_.._etc_passwd"),
        ("..", "in/images/u/file"),
        ("grüße.png", "in/images/u/grüße.png"),
        ("a/b?c#d", "in/images/u/a_b_c_d"),
    ],
)
def test_a_files_name_leads_nowhere_else(app, name, key):
    assert app.uploads.key_of(app.entities.Kind.IMAGE, "u", name) == key


def test_events_say_what_happened_and_no_secrets(app):
    user = app.entities.User("u-1", "ada@example.com", "Ada", "hash")
    event = app.happened.user_created(user)
    assert (event.type, event.source) == ("user.created", "community")
    assert event.data == {"id": "u-1", "name": "Ada", "email": "ada@example.com"}


def test_what_is_no_event_fails_alone_and_nobodys_business_passes(app, context):
    unknown = {"id": "e-1", "type": "user.sneezed", "time": "2026-01-01T00:00:00Z", "version": 1, "data": {}}
    given = app.analytics.handler(queued("{", unknown), context)
    assert given == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    with pytest.raises(BatchFailed, match=r"nobody handles user\.sneezed"):  # For a welcome, it is a mistake.
        app.welcome.handler(queued(unknown), context)


def test_rows_of_a_table_are_read_line_by_line(app, monkeypatch):
    kept, told = [], []
    monkeypatch.setattr(app.rows, "keep", kept.append)
    monkeypatch.setattr(app.uploads, "arrived", lambda ref: Upload)
    monkeypatch.setattr(app.happened, "publisher", lambda: Publisher)

    class Upload:
        id, owner, kind = "up", "ada", app.entities.Kind.TABLE

    class Publisher:
        publish = told.append

    class Stored:
        ref = None

        def __init__(self, *lines: bytes) -> None:
            self.lines = lambda: iter(lines)

    app.rows.rows(Stored(b"\xef\xbb\xbfname,age\r\n", b'"Ada, L.",36\r\n', b"Bob,\r\n"))
    assert [row.values for row in kept] == [{"name": "Ada, L.", "age": "36"}, {"name": "Bob", "age": ""}]
    assert told[0].data["result"] == {"rows": 2}
    for lines in ((b"a\n", b"1,2\n"), (b"a\n", b"\xff\xfe\n"), (b"a\n", b'"1\n')):
        with pytest.raises(app.rows.Poison):
            app.rows.rows(Stored(*lines))


# Settings.


def test_each_stage_has_its_settings_and_a_stage_that_is_none_is_refused(app, monkeypatch):
    from stratolite_patterns.settings import SettingsError, load

    stages = app.config.STAGES
    assert load(app.config.Settings, stages=stages).token_s == 12 * 3600
    monkeypatch.setenv("STAGE", "production")
    assert load(app.config.Settings, stages=stages).token_s == 3600
    monkeypatch.setenv("STAGE", "prodction")
    with pytest.raises(SettingsError, match="prodction"):
        load(app.config.Settings, stages=stages)


def test_a_setting_that_is_no_number_is_named(app, monkeypatch):
    from stratolite_patterns.settings import SettingsError, load

    monkeypatch.setenv("REDIS_PORT", "none")
    with pytest.raises(SettingsError, match="REDIS_PORT"):
        load(app.config.Settings, stages=app.config.STAGES)


def test_the_signing_key_is_not_printed(app):
    assert "0123456789abcdef" not in f"{app.config.keys()} {app.config.keys().signing_key!r}"
