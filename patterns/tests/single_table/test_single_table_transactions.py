"""Transactions over entities, and batches that AWS leaves half answered."""

from typing import Any

import pytest
from blog import START, App, EmailOwner, Post, User, declared

from stratolite_patterns.single_table import (
    Add,
    AlreadyExists,
    CheckFailed,
    DeclarationError,
    NotFound,
    Throttled,
    TransactionConflict,
    TransactionRefused,
    VersionConflict,
    transaction,
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def test_all_of_it_or_nothing(app: App) -> None:
    with app.table.transaction() as change:
        user = change.create(User("ada", "a@example.com"))
        change.create(EmailOwner("a@example.com", "ada"))
    assert user.version == 1
    assert app.table.get(User, id="ada") == user
    with pytest.raises(AlreadyExists, match="EmailOwner EMAIL#a") as raised, app.table.transaction() as two:
        two.create(User("eve", "a@example.com"))
        two.create(EmailOwner("a@example.com", "eve"))
    assert raised.value.current == EmailOwner("a@example.com", "ada")
    assert app.table.get(User, id="eve") is None


def test_each_reason_is_the_error_of_its_write(app: App) -> None:
    user = app.table.create(User("ada"))
    app.table.update(user, name="Ada")
    with pytest.raises(VersionConflict) as raised, app.table.transaction() as change:
        change.update(user, name="Lost")
        change.create(EmailOwner("a@example.com", "ada"))
        change.delete(app.table.key(User, id="nobody"))
    assert raised.value.current == User("ada", name="Ada", version=2)
    assert [type(error) for error in raised.value.also] == [NotFound]
    assert app.table.get(EmailOwner, email="a@example.com") is None


def test_conditions_on_what_is_not_written(app: App) -> None:
    user = app.table.create(User("ada"))
    with app.table.transaction() as change:
        change.check(user)
        change.check(app.table.key(User, id="eve"), exists=False)
        change.create(Post("ada", "1", START, "Hello"))
    app.table.update(app.table.key(User, id="ada"), name="Ada")
    for check in ({"what": user}, {"what": app.table.key(User, id="ada"), "version": 1}):
        what: Any = check.pop("what")
        with pytest.raises(CheckFailed), app.table.transaction() as change:
            change.check(what, **check)
            change.create(Post("ada", "2", START, "Lost"))
    with pytest.raises(CheckFailed, match="does not exist"), app.table.transaction() as change:
        change.check(app.table.key(User, id="eve"))
        change.create(Post("eve", "2", START, "Lost"))
    assert len(app.posts_of_user(user_id="ada")) == 1


def test_updates_deletes_and_replacements_together(app: App) -> None:
    ada, eve = app.table.create(User("ada", logins=1)), app.table.create(User("eve"))
    post = app.table.create(Post("ada", "1", START, "Hello"))
    with app.table.transaction() as change:
        change.update(ada, logins=Add(1), email="a@example.com")
        assert change.replace(eve).version == 2
        change.delete(post)
    assert app.user_by_email.first(email="a@example.com") == User("ada", "a@example.com", logins=2, version=2)
    assert app.table.require(User, id="eve").version == 2
    assert app.posts_of_user.first(user_id="ada") is None


def test_a_block_that_raises_sends_nothing(app: App) -> None:
    with pytest.raises(RuntimeError), app.table.transaction() as change:
        change.create(User("ada"))
        raise RuntimeError
    assert app.table.get(User, id="ada") is None
    with app.table.transaction():
        pass


def test_limits_are_told_before_anything_is_sent() -> None:
    app = declared(client=object())
    with pytest.raises(DeclarationError, match="it can be once"), app.table.transaction() as change:
        change.create(User("ada"))
        change.delete(app.table.key(User, id="ada"))
    with pytest.raises(DeclarationError, match="at most 100"), app.table.transaction() as change:
        for number in range(101):
            change.create(User(str(number)))


class Cancelling:
    """A client that cancels so many transactions, for one reason."""

    class exceptions:
        class TransactionCanceledException(Exception):
            def __init__(self, code: str) -> None:
                super().__init__(code)
                reasons = [] if code == "no reasons" else [{"Code": code, "Message": "because"}]
                self.response = {"CancellationReasons": reasons}

    def __init__(self, code: str, times: int) -> None:
        self.code, self.times, self.calls = code, times, 0

    def transact_write_items(self, **_: Any) -> None:
        self.calls += 1
        if self.calls <= self.times:
            raise self.exceptions.TransactionCanceledException(self.code or "no reasons")


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_collision_is_tried_again(code: str, no_pauses: list[float]) -> None:
    client = Cancelling(code, 2)
    with declared(client=client).table.transaction() as change:
        change.create(User("ada"))
    assert (client.calls, len(no_pauses)) == (3, 2)


def test_endless_collisions_are_an_error(no_pauses: list[float]) -> None:
    client = Cancelling("TransactionConflict", 99)
    change = declared(client=client).table.transaction()
    with pytest.raises(TransactionConflict, match="nothing was written"), change:
        change.create(User("ada"))
    assert (client.calls, len(no_pauses)) == (transaction.ATTEMPTS_MAX, transaction.ATTEMPTS_MAX - 1)


@pytest.mark.parametrize(("code", "text"), [("ValidationError", "ValidationError: because"), ("", "no reasons")])
def test_other_reasons_are_told(code: str, text: str) -> None:
    with pytest.raises(TransactionRefused, match=text), declared(client=Cancelling(code, 1)).table.transaction() as two:
        two.create(User("ada"))


def test_many_are_read_at_once(app: App) -> None:
    for number in range(105):
        app.table.create(User(str(number)))
    keys = [app.table.key(User, id=str(number)) for number in range(110)]
    found = app.table.get_many([*keys, keys[0]])
    assert [user.id if user else None for user in found] == [str(n) if n < 105 else None for n in range(110)] + ["0"]
    assert app.table.get_many([]) == []


class Hesitant:
    """A client that answers for one key at a time, or for none."""

    def __init__(self, app: App, answers: bool) -> None:
        self.app, self.answers, self.calls = app, answers, 0

    def batch_get_item(self, RequestItems: Any) -> Any:
        self.calls += 1
        request = RequestItems["app"]
        if not self.answers:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        key, *rest = request["Keys"]
        item = {**key, "entity": {"S": "USER"}, "id": {"S": key["pk"]["S"].removeprefix("USER#")}}
        left = {"app": {**request, "Keys": rest}} if rest else {}
        return {"Responses": {"app": [item]}, "UnprocessedKeys": left}


def test_unprocessed_keys_are_asked_for_again(no_pauses: list[float]) -> None:
    """BatchGetItem answers 200 with what it had time for: the rest is silently missing for whoever does not look."""
    app = declared()
    app.table._client = client = Hesitant(app, True)
    found = app.table.get_many([app.table.key(User, id=name) for name in "abc"])
    assert [user.id for user in found if user] == ["a", "b", "c"]
    assert (client.calls, len(no_pauses)) == (3, 2)


def test_keys_that_are_never_answered_are_an_error() -> None:
    app = declared()
    app.table._client = Hesitant(app, False)
    with pytest.raises(Throttled, match="1 of 1 keys"):
        app.table.get_many([app.table.key(User, id="a")])


def test_what_others_have_made_is_written_along_or_not_at_all(app: App) -> None:
    entry = {
        "Put": {
            "TableName": app.table.name,
            "Item": {"pk": {"S": "OUTBOX#ada"}, "sk": {"S": "1"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
    with app.table.transaction() as change:
        change.create(User("ada"))
        change.include(entry)
    found = app.table.client().get_item(TableName=app.table.name, Key=entry["Put"]["Item"])
    assert found["Item"] == entry["Put"]["Item"]
    with pytest.raises(TransactionRefused, match="included: ConditionalCheckFailed"), app.table.transaction() as again:
        again.create(User("eve"))
        again.include(entry)
    assert app.table.get(User, id="eve") is None
