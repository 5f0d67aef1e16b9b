"""Access patterns: pages that are full, tokens that cannot be forged, filters that do not cheat."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from blog import START, App, Post, Session, User, declared

from stratolite_patterns.attribute_values import ValueRefused
from stratolite_patterns.single_table import (
    DeclarationError,
    FieldRefused,
    InvalidPageToken,
    KeyRefused,
    SigningKeyMissing,
    begins_with,
    contains,
    equals,
)


def write_posts(app: App, count: int, user_id: str = "ada") -> list[Post]:
    return [
        app.table.create(Post(user_id, str(n), START + timedelta(minutes=n), f"Post {n}", score=n / 10))
        for n in range(count)
    ]


def pages(app: App, **arguments: Any) -> list[list[str]]:
    found, after = [], None
    while True:
        page = app.posts_of_user(after=after, **arguments)
        found.append([post.id for post in page])
        after = page.next
        if after is None:
            return found


def test_pages_follow_each_other(app: App) -> None:
    write_posts(app, 7)
    assert pages(app, user_id="ada", limit=3) == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_a_last_page_that_is_full_has_no_token(app: App) -> None:
    """DynamoDB gives a LastEvaluatedKey with it, and a client would show an empty page."""
    write_posts(app, 6)
    assert pages(app, user_id="ada", limit=3) == [["5", "4", "3"], ["2", "1", "0"]]


def test_what_is_left_out_does_not_shorten_a_page(app: App) -> None:
    """DynamoDB's Limit counts what it reads, before any filter."""
    app.table.create(User("ada"))
    write_posts(app, 10)
    first = app.good_posts(user_id="ada", score=0.5, limit=3)
    assert [post.id for post in first] == ["5", "6", "7"]
    second = app.good_posts(user_id="ada", score=0.5, limit=3, after=first.next)
    assert ([post.id for post in second], second.next) == (["8", "9"], None)
    both = app.user_and_posts(id="ada", limit=4)
    assert [type(found).__name__ for found in both] == ["Post"] * 4
    assert isinstance(list(app.user_and_posts.all(id="ada"))[-1], User | Post)


def test_other_classes_and_what_has_expired_are_left_out(app: App) -> None:
    app.table.create(Session("1", "ada", START))
    app.table.create(Session("2", "ada"))
    assert [session.id for session in app.sessions(user_id="ada", limit=1)] == ["2"]
    app.table.create(User("ada"))
    write_posts(app, 1)
    assert app.posts_of_user.first(user_id="ada") == next(app.posts_of_user.all(user_id="ada"))


def test_between_asks_of_moments(app: App) -> None:
    write_posts(app, 6)
    found = app.posts_between(user_id="ada", since=START + timedelta(minutes=1), until=START + timedelta(minutes=3))
    assert [post.id for post in found] == ["1", "2", "3"]


def test_a_filter_compares_what_its_field_holds(app: App) -> None:
    tagged = app.table.pattern("tagged", User, pk="USER#{id}", filters={"tags": contains("{tag}")})
    app.table.create(User("ada", tags=frozenset({"x", "y"})))
    assert tagged.first(id="ada", tag="x")
    assert tagged.first(id="ada", tag="z") is None
    named = app.table.pattern("named", User, pk="USER#{id}", filters={"logins": equals(0)})
    assert named.first(id="ada")


def test_a_token_is_bound_to_its_query(app: App) -> None:
    """A token of one user's posts would otherwise open another one's."""
    write_posts(app, 4)
    write_posts(app, 4, "eve")
    token = app.posts_of_user(user_id="eve", limit=2).next
    assert token
    assert [post.id for post in app.posts_of_user(user_id="eve", limit=1, after=token)] == ["1"]
    for ask in (
        lambda: app.posts_of_user(user_id="ada", limit=2, after=token),
        lambda: app.good_posts(user_id="eve", score=0.0, after=token),
        lambda: app.user_and_posts(id="eve", after=token),
    ):
        with pytest.raises(InvalidPageToken):
            ask()


def test_a_token_with_any_bit_changed_is_refused(app: App) -> None:
    write_posts(app, 3)
    token = app.posts_of_user(user_id="ada", limit=1).next
    assert token
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    for place in range(len(raw)):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        with pytest.raises(InvalidPageToken):
            app.posts_of_user(user_id="ada", limit=1, after=base64.urlsafe_b64encode(changed).decode())


@pytest.mark.parametrize("token", ["", "x", "5", "é", "A" * 20_000, "AQ==", "null", "../../etc"])
def test_nonsense_is_no_token(token: str) -> None:
    with pytest.raises(InvalidPageToken):
        declared(client=object()).posts_of_user(user_id="ada", after=token)


def test_keys_of_tokens_can_be_rotated(app: App) -> None:
    write_posts(app, 3)
    token = app.posts_of_user(user_id="ada", limit=1).next
    options = {"client": app.table.client()}
    rotated = declared(app.table.name, signing_key=lambda: ["f" * 16, "0123456789abcdef"], **options)
    assert len(rotated.posts_of_user(user_id="ada", limit=1, after=token)) == 1
    retired = declared(app.table.name, signing_key=b"f" * 16, **options)
    with pytest.raises(InvalidPageToken):
        retired.posts_of_user(user_id="ada", limit=1, after=token)


def test_a_page_without_a_key_to_sign_with_is_an_error_and_short_keys_are_none(app: App) -> None:
    write_posts(app, 2)
    for key, text in ((None, "have to be signed"), ("short", "can be guessed")):
        other = declared(app.table.name, signing_key=key, client=app.table.client())
        assert len(other.posts_of_user(user_id="ada")) == 2
        with pytest.raises(SigningKeyMissing, match=text):
            other.posts_of_user(user_id="ada", limit=1)


@pytest.mark.parametrize("limit", [0, -1, 1001, True, "10", 1.5])
def test_a_limit_has_bounds(limit: Any) -> None:
    with pytest.raises(ValueRefused, match="1 to 1000"):
        declared(client=object()).posts_of_user(user_id="ada", limit=limit)


def test_parameters_are_asked_for_by_name() -> None:
    app = declared(client=object())
    with pytest.raises(KeyRefused, match="posts_of_user needs a value for user_id"):
        app.posts_of_user()
    with pytest.raises(FieldRefused, match="asks for user_id, not nonsense"):
        app.posts_of_user(user_id="ada", nonsense=1)
    with pytest.raises(ValueRefused, match="score"):
        app.good_posts(user_id="ada", score="high")


def test_a_filter_that_matches_nothing_ends() -> None:
    class Endless:
        requests = 0

        def query(self, **_: Any) -> dict[str, Any]:
            self.requests += 1
            key = {"pk": {"S": "USER#ada"}, "sk": {"S": f"POST#{self.requests:03}"}}
            return {"Items": [], "LastEvaluatedKey": key}

    client = Endless()
    page = declared(client=client).good_posts(user_id="ada", score=1.0, limit=5)
    assert (len(page), page.next is not None, client.requests) == (0, True, 10)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"pk": "POST#{user_id}"}, "cannot find it"),
        ({"pk": "USER#{user_id}", "index": "gsi9"}, "no index gsi9"),
        ({"pk": "EMAIL#{email}", "index": "gsi1"}, "kept under STATUS"),
        ({"pk": "USER#{user_id}", "sk": contains("x")}, "cannot ask contains of a sort key"),
        ({"pk": "STATUS#{status}", "index": "gsi1", "consistent": True}, "cannot be read consistently"),
        ({"pk": "USER#{user_id}", "filters": {"nonsense": equals(1)}}, "has a field nonsense"),
        ({"pk": "USER#{limit}"}, "name the parameter differently"),
        ({"pk": "USER#{user_id}", "limit": 0}, "limit is not between"),
        ({"pk": "USER#{user_id}", "sk": begins_with("POST#{a}{b}")}, "must not run together"),
    ],
)
def test_a_pattern_that_cannot_be_right_is_refused_at_import(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(DeclarationError, match=text):
        declared(client=object()).table.pattern("wrong", Post, **arguments)
