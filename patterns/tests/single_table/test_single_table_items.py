"""Items, one by one: created, read, changed and deleted without anything being overwritten or lost."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from blog import START, Address, App, Post, Session, Status, User

from stratolite_patterns.single_table import (
    Add,
    AlreadyExists,
    DeclarationError,
    FieldRefused,
    KeyRefused,
    NotFound,
    Table,
    ValueRefused,
    VersionConflict,
    WrongEntity,
)


def test_what_is_stored_comes_back_as_it_was(app: App) -> None:
    user = User("ada", "ada@example.com", "Ada", 3, Decimal("0.1"), frozenset({"a", "b"}), [Address("London")])
    stored = app.table.create(user)
    assert stored == replace(user, version=1)
    assert app.table.get(User, id="ada", consistent=True) == stored


def test_a_creation_never_overwrites(app: App) -> None:
    """PutItem without a condition would: the usual loss of data."""
    app.table.create(User("ada", name="Ada"))
    with pytest.raises(AlreadyExists, match="User USER#ada / PROFILE exists already") as raised:
        app.table.create(User("ada", name="Eve"))
    assert raised.value.current == User("ada", name="Ada", version=1)
    assert app.table.require(User, id="ada").name == "Ada"


def test_two_who_read_the_same_cannot_both_write(app: App) -> None:
    mine = app.table.create(User("ada", name="Ada"))
    theirs = app.table.require(User, id="ada")
    app.table.update(theirs, name="Ada L.")
    for attempt in (
        lambda: app.table.update(mine, name="Lost"),
        lambda: app.table.replace(replace(mine, name="Lost")),
        lambda: app.table.delete(mine),
    ):
        with pytest.raises(VersionConflict, match="changed by somebody else") as raised:
            attempt()
        assert raised.value.current == User("ada", name="Ada L.", version=2)


def test_replace_writes_the_whole_and_counts(app: App) -> None:
    user = app.table.create(User("ada", "a@example.com"))
    changed = app.table.replace(replace(user, email="b@example.com", tags=frozenset({"x"})))
    assert changed.version == 2
    assert app.user_by_email.first(email="b@example.com") == changed
    assert app.user_by_email.first(email="a@example.com") is None
    with pytest.raises(NotFound):
        app.table.replace(User("eve", version=1))


def test_a_class_without_a_version_is_not_replaced_whole(app: App) -> None:
    post = app.table.create(Post("ada", "1", START, "Hello"))
    with pytest.raises(DeclarationError, match="declare its version"):
        app.table.replace(post)


def test_an_update_touches_only_what_it_names(app: App) -> None:
    app.table.create(User("ada", "a@example.com", name="Ada"))
    key = app.table.key(User, id="ada")
    app.table.update(key, logins=Add(1))
    user = app.table.update(key, logins=Add(2), balance=Add(Decimal("0.1")), addresses=[Address("Paris", "75001")])
    assert user == User(
        "ada", "a@example.com", "Ada", 3, Decimal("0.1"), addresses=[Address("Paris", "75001")], version=3
    )


def test_an_update_creates_nothing(app: App) -> None:
    """UpdateItem without a condition makes half an item of what was deleted."""
    with pytest.raises(NotFound, match="User USER#ada / PROFILE does not exist"):
        app.table.update(app.table.key(User, id="ada"), name="Ada")
    assert app.table.get(User, id="ada") is None


def test_an_update_moves_the_item_in_its_indexes(app: App) -> None:
    user = app.table.create(User("ada", "a@example.com"))
    user = app.table.update(user, email="b@example.com")
    assert app.user_by_email.first(email="a@example.com") is None
    assert app.user_by_email.first(email="b@example.com") == user
    user = app.table.update(user, email=None)
    assert user.email is None
    assert app.user_by_email.first(email="b@example.com") is None


def test_an_index_place_that_cannot_be_known_is_refused(app: App) -> None:
    """The status moves a post, and its new place also needs ``created``, which a key has and another class may not."""
    post = app.table.create(Post("ada", "1", START, "Hello"))
    key = app.table.key(Post, user_id="ada", created=START, id="1")
    assert app.table.update(key, status=Status.PUBLISHED) == replace(post, status=Status.PUBLISHED)
    table = Table("other", indexes={"gsi1": ("a", "b")}, client=object())
    table.entity("USER", pk="USER#{id}", sk="PROFILE", indexes={"gsi1": ("NAME#{name}", "{email}")})(User)
    with pytest.raises(FieldRefused, match="whose key also has email"):
        table.update(table.key(User, id="ada"), name="Ada")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"id": "eve"}, "is in its key"),
        ({"pk": "USER#eve"}, "has no field pk"),
        ({"version": 7}, "counts up by itself"),
        ({"nonsense": 1}, "has no field nonsense"),
        ({}, "nothing of the User is to be changed"),
    ],
)
def test_keys_and_versions_are_not_to_be_changed(app: App, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FieldRefused, match=text):
        app.table.update(app.table.key(User, id="ada"), **changes)


def test_deleting_by_key_can_be_repeated(app: App) -> None:
    user = app.table.create(User("ada"))
    assert app.table.delete(app.table.key(User, id="ada")) == user
    assert app.table.delete(app.table.key(User, id="ada")) is None
    with pytest.raises(NotFound):
        app.table.delete(user)


def test_a_separator_in_a_value_reaches_into_no_other_key(app: App) -> None:
    """Key injection: with ``USER#{id}`` and the id ``ada#admin``, unescaped, one user writes where another reads."""
    app.table.create(Post("ada", "1#2", START, "one"))
    app.table.create(Post("ada", "1%232", START, "two"))
    app.table.create(Post("ada#POST", "1", START, "three"))
    assert [post.title for post in app.posts_of_user(user_id="ada")] == ["two", "one"]
    assert [post.title for post in app.posts_of_user(user_id="ada#POST")] == ["three"]
    assert [post.id for post in app.posts_of_user(user_id="ada")] == ["1%232", "1#2"]


def test_an_empty_value_is_no_key(app: App) -> None:
    with pytest.raises(KeyRefused, match="an empty value"):
        app.table.create(User(""))
    with pytest.raises(KeyRefused, match="empty value"):
        app.posts_of_user(user_id="")


def test_keys_that_are_too_long_are_refused_before_they_are_sent(app: App) -> None:
    with pytest.raises(KeyRefused, match="longer than the 2048"):
        app.table.get(User, id="x" * 2050)


def test_another_class_under_a_key_is_not_mistaken(app: App) -> None:
    app.table.client().put_item(
        TableName=app.table.name,
        Item={"pk": {"S": "USER#ada"}, "sk": {"S": "PROFILE"}, "entity": {"S": "ADMIN"}, "id": {"S": "ada"}},
    )
    with pytest.raises(WrongEntity):
        app.table.get(User, id="ada")
    with pytest.raises(WrongEntity):
        app.table.update(app.table.key(User, id="ada"), name="Ada")


def test_what_expired_is_hidden_although_it_is_stored(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB deletes what has expired within days, and answers with it until then."""
    end = START + timedelta(hours=1)
    session = app.table.create(Session("1", "ada", end))
    stored = app.table.client().get_item(TableName=app.table.name, Key=app.table.key(Session, **KEY).typed())["Item"]
    assert stored["ttl"] == {"N": str(int(end.timestamp()))}
    monkeypatch.setattr(app.table, "now_s", lambda: end.timestamp() - 1)
    assert app.table.get(Session, **KEY) == session
    assert list(app.sessions(user_id="ada")) == [session]
    monkeypatch.setattr(app.table, "now_s", end.timestamp)
    assert app.table.get(Session, **KEY) is None
    assert app.table.get_many([app.table.key(Session, **KEY)]) == [None]
    assert list(app.sessions(user_id="ada")) == []
    with pytest.raises(NotFound):
        app.table.update(app.table.key(Session, **KEY), expires=end + timedelta(hours=1))
    assert app.table.delete(app.table.key(Session, **KEY)) is None
    # What has expired is in nobody's way.
    assert app.table.create(Session("1", "ada", end + timedelta(hours=2)))
    with pytest.raises(AlreadyExists):
        app.table.create(Session("1", "ada"))


KEY: dict[str, Any] = {"id": "1", "user_id": "ada"}


def test_an_expiry_can_be_changed_and_taken_away(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.table, "now_s", START.timestamp)
    session = app.table.create(Session("1", "ada", START + timedelta(minutes=1)))
    assert app.table.update(session, expires=START + timedelta(minutes=2)).expires == START + timedelta(minutes=2)
    assert app.table.update(session, expires=None).expires is None
    monkeypatch.setattr(app.table, "now_s", (START + timedelta(days=1)).timestamp)
    assert app.table.get(Session, **KEY) == replace(session, expires=None)


def test_moments_are_utc_and_sort(app: App) -> None:
    east = timezone(timedelta(hours=2))
    app.table.create(Post("ada", "later", datetime(2026, 1, 1, 12, 30, tzinfo=UTC), "later"))
    app.table.create(Post("ada", "first", datetime(2026, 1, 1, 13, 0, tzinfo=east), "first"))
    app.table.create(Post("ada", "micro", datetime(2026, 1, 1, 12, 30, 0, 1, tzinfo=UTC), "micro"))
    assert [post.id for post in app.posts_of_user(user_id="ada")] == ["micro", "later", "first"]
    found = app.posts_of_user.first(user_id="ada")
    assert found and found.created == datetime(2026, 1, 1, 12, 30, 0, 1, tzinfo=UTC)
    with pytest.raises((KeyRefused, ValueRefused), match="without a time zone"):
        app.table.create(Post("ada", "1", datetime(2026, 1, 1), "naive"))


def test_names_that_dynamodb_or_this_package_uses_itself(app: App) -> None:
    @dataclass(frozen=True)
    class Odd:
        n0: str
        user_id: str
        size: int = 0
        n1: str = ""

    app.table.entity("ODD", pk="ODD#{user_id}", sk="ODD")(Odd)
    odd = app.table.create(Odd("a", "ada"))
    assert app.table.update(odd, n0="b", size=Add(2), n1="c") == Odd("b", "ada", 2, "c")
