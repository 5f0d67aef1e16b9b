"""What people call functions and queues."""

import pytest

from stratolite.cli.names import ending
from stratolite.core.errors import UserError

NAMES = ("shop-dev-createUser", "shop-dev-getUser")


def test_the_end_of_a_name_is_enough() -> None:
    assert ending("function", "getUser", NAMES) == "shop-dev-getUser"
    assert ending("function", "shop-dev-getUser", NAMES) == "shop-dev-getUser"


@pytest.mark.parametrize(
    ("wanted", "names", "what", "todo"),
    [
        ("getUsr", NAMES, "there is no function 'getUsr'", "Perhaps 'getUser' is meant. Known: shop-dev-createUser, "),
        ("other", NAMES, "there is no function 'other'", "Known: shop-dev-createUser, shop-dev-getUser."),
        ("other", (), "there is no function 'other', nor any other", ""),
        ("b", ("x-a-b", "y-a-b"), "'b' could be x-a-b, y-a-b", "Give the whole name."),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(
    wanted: str, names: tuple[str, ...], what: str, todo: str
) -> None:
    with pytest.raises(UserError) as error:
        ending("function", wanted, names)
    assert error.value.what == what
    assert error.value.todo.startswith(todo) and bool(error.value.todo) == bool(todo)
