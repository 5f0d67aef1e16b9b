"""The parts of the users API that need no cloud. Run: pytest examples/users-api/tests"""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("users_api_users", Path(__file__).parents[1] / "src" / "users.py")
users = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(users)


def test_a_token_comes_back_as_its_key():
    assert users.read_token(users.write_token({"id": "ada"})) == {"id": "ada"}


@pytest.mark.parametrize("text", ["", "x", "!!", "e30=", "WzFd", users.write_token({"id": 1})])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(users.BadRequest):
        users.read_token(text)


@pytest.mark.parametrize("text", ["0", "101", "-1", "ten", "1.5", ""])
def test_page_sizes_have_bounds(text):
    with pytest.raises(users.BadRequest):
        users.page_size(text)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "must be JSON"),
        ("{", "must be JSON"),
        ("[]", "JSON object"),
        ('{"id": "a b", "name": "A", "email": "a@b.c"}', "id must"),
        ('{"id": "a", "name": " ", "email": "a@b.c"}', "name must"),
        ('{"id": "a", "name": "A", "email": "a"}', "email must"),
        ('{"id": "a", "name": "A", "email": "a@b.c", "admin": true}', "Unknown fields: admin"),
    ],
)
def test_a_wrong_user_is_refused_with_a_reason(body, said):
    with pytest.raises(users.BadRequest, match=said):
        users.read_user(body)


def test_a_right_user_is_taken():
    assert users.read_user('{"id": "ada", "name": " Ada ", "email": "ada@example.com"}')["name"] == "Ada"
