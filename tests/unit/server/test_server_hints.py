"""What hints say of names that are not there."""

import pytest

from stratolite.core.call import Call
from stratolite.server.hints import Place, explained, nearest, place_of, real_host

CALL = Call(account="000000000000", region="us-east-1")
OTHER = "111122223333"


def here(name: str) -> Place:
    return Place(CALL.account, CALL.region, name)


@pytest.mark.parametrize(
    ("noun", "value", "place"),
    [
        ("table", "users", here("users")),
        ("table", f"arn:aws:dynamodb:eu-west-1:{OTHER}:table/users/index/mail", Place(OTHER, "eu-west-1", "users")),
        ("queue", "jobs", here("jobs")),
        ("queue", f"https://sqs.us-east-1.amazonaws.com/{OTHER}/jobs", Place(OTHER, "us-east-1", "jobs")),
        ("queue", "http://localhost:9324/queue/jobs", here("jobs")),
        ("topic", f"arn:aws:sns:eu-west-1:{OTHER}:news", Place(OTHER, "eu-west-1", "news")),
        ("bucket", "photos", here("photos")),
        ("bucket", "arn:aws:s3:::photos", here("photos")),
        ("function", "users:live", here("users")),
        ("function", f"{OTHER}:function:users:live", Place(OTHER, "us-east-1", "users")),
        ("function", f"arn:aws:lambda:eu-west-1:{OTHER}:function:users:1", Place(OTHER, "eu-west-1", "users")),
        ("parameter", "/app/key", here("/app/key")),
        ("parameter", f"arn:aws:ssm:us-east-1:{CALL.account}:parameter/app/key", here("/app/key")),
        ("parameter", f"arn:aws:ssm:us-east-1:{CALL.account}:parameter/key", here("key")),
        ("secret", f"arn:aws:secretsmanager:us-east-1:{CALL.account}:secret:app/key-a1B2c3", here("app/key")),
    ],
)
def test_requests_name_things_in_many_forms(noun: str, value: str, place: Place) -> None:
    assert place_of(noun, value, CALL) == place


def test_another_region_or_account_is_told() -> None:
    there = [Place(CALL.account, "eu-west-1", "users"), Place(OTHER, "us-east-1", "users")]
    what = "the table users in us-east-1: it is not there, but in eu-west-1"
    assert explained("table", here("users"), there[:1]) == what
    assert explained("table", here("users"), there) == f"{what} and in the account {OTHER}"


def test_the_nearest_names_of_the_region_are_told() -> None:
    there = [here("shop-dev-users"), here("shop-dev-orders"), Place(CALL.account, "eu-west-1", "user")]
    missed = "the table users in us-east-1: there is none of that name; the nearest: shop-dev-users"
    assert explained("table", here("users"), there) == missed
    assert nearest("shop-prod-orders", ["shop-dev-users", "shop-dev-orders"])[0] == "shop-dev-orders"
    assert nearest("Users", ["users", "other"]) == ["users"]


def test_what_is_there_is_told_where_nothing_is_near() -> None:
    there = [here(name) for name in "fedcba"]
    assert explained("table", here("zzz"), there).endswith("there: a, b, c, d, e ...")
    assert explained("table", here("zzz"), []) == "the table zzz in us-east-1: there is no table at all"
    elsewhere = [Place(CALL.account, "eu-west-1", "users")]
    assert explained("table", here("zzz"), elsewhere).endswith("there is no table at all; tables are in eu-west-1")


def test_hosts_of_aws_can_be_let_through() -> None:
    assert "--real-aws kms.us-east-1.amazonaws.com'" in real_host("kms.us-east-1.amazonaws.com:443")
    assert real_host("127.0.0.1:4566") == ""
