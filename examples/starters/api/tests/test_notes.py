"""Notes: what needs no cloud, and then all of it as its users see it."""

import json

import pytest

import notes
import smoke
from deployed import Api


def asked(route, body, owner="ada"):
    """A request as API Gateway hands it over, behind the authorizer."""
    method, _, path = route.partition(" ")
    return {
        "httpMethod": method,
        "resource": path,
        "path": path,
        "pathParameters": None,
        "queryStringParameters": None,
        "requestContext": {"authorizer": {"principalId": owner, "sub": owner}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("route", "body", "wrong"),
    [
        ("POST /users", {"name": "Ada!", "password": "correct horse"}, "/name"),
        ("POST /users", {"name": "ada", "password": "short"}, "/password"),
        ("POST /notes", {"text": ""}, "/text"),
        ("POST /notes", {"text": "mine", "owner": "eve"}, "/owner"),
    ],
)
def test_what_is_wrong_is_named(route, body, wrong):
    answer = notes.handle_commands(asked(route, body), None)
    assert answer["statusCode"] == 400
    assert wrong in answer["body"]


def test_keys_of_one_user_do_not_reach_into_those_of_another():
    key = dict(notes.table.key(notes.Note, owner="ada#NOTE", id="1").attributes)
    assert key == {"pk": "USER#ada%23NOTE", "sk": "NOTE#1"}


def test_as_users_see_it(cloud):
    smoke.check(Api.of_stage("dev"))
