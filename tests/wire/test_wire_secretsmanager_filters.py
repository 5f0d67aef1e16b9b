"""Which secrets lists keep, as https://github.com/getmoto/moto tests it, partly verified against AWS.

Source: its tests/test_secretsmanager/test_list_secrets.py and test_secretsmanager.py.
"""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud

_ACCOUNTS = itertools.count(210_000_000_000)


@pytest.fixture
def secrets(cloud: RunningCloud) -> Any:
    """A client in an account in which nothing is yet. It checks no parameters."""
    return cloud.client("secretsmanager", account=str(next(_ACCOUNTS)), parameter_validation=False)


def kept(secrets: Any, key: str, *values: str) -> set[str]:
    listed = secrets.list_secrets(Filters=[{"Key": key, "Values": list(values)}])["SecretList"]
    return {one["Name"] for one in listed}


def test_words_of_descriptions(secrets: Any) -> None:
    for name, description in (
        ("foo", "one two"),
        ("bar", "one and two"),
        ("baz", "one"),
        ("qux", "two"),
        ("none", "unrelated"),
    ):
        secrets.create_secret(Name=name, SecretString="s", Description=description)
    assert kept(secrets, "description", "one two") == {"foo", "bar"}
    assert kept(secrets, "description", "o T") == {"foo", "bar"}
    assert kept(secrets, "description", "t") == {"foo", "bar", "qux"}
    assert kept(secrets, "description", "!o") == {"qux", "none"}


def test_words_of_all(secrets: Any) -> None:
    one, two, tagged, valued = "SecretOne", "SecretTwo", "SecretFTag", "SecretFValue"
    secrets.create_secret(Name=one, SecretString="s")
    secrets.create_secret(Name=two, SecretString="s", Description="DescTwo")
    secrets.create_secret(Name="Thirdsecret", SecretString="s")
    secrets.create_secret(Name=tagged, SecretString="s", Tags=[{"Key": "1", "Value": "foo"}])
    secrets.create_secret(Name=valued, SecretString="s", Tags=[{"Key": "foo", "Value": "v"}])
    assert kept(secrets, "all", "SecretOne") == {one}
    assert kept(secrets, "all", "foo") == {tagged, valued}
    for value in ("Secret", "secret", "sec"):
        assert kept(secrets, "all", value) == {one, two, tagged, valued}
    assert kept(secrets, "all", "ret") == kept(secrets, "all", "SomeSecret") == set()
    assert kept(secrets, "all", "d") == kept(secrets, "all", "d t") == {two}
    assert kept(secrets, "all", "t") == {two, "Thirdsecret", tagged}


def test_what_parts_words(secrets: Any) -> None:
    parted = [f"prod{mark}AppBeta{mark}6b92c8" for mark in "/_+=.@-"]
    whole, part = "uat/COMPANY/6b92c8", "uat/COMPANYthings/6b92c8"
    for name in (*parted, whole, part):
        secrets.create_secret(Name=name, SecretString="s")
    for values in (["AppBeta"], ["Beta"], ["AppBeta", "prod"]):
        assert kept(secrets, "all", *values) == set(parted)
    assert kept(secrets, "all", "6b92c8") == {*parted, whole, part}
    assert kept(secrets, "all", "company") == {whole}
    assert kept(secrets, "all", "Ythings") == {part}
    for value in ("+", "things", "N", "pany"):
        assert kept(secrets, "all", value) == set()


@pytest.mark.parametrize(
    ("operation", "request_", "said"),
    [
        ("list_secrets", {"Filters": [{"Values": ["a"]}]}, "Invalid filter key"),
        ("list_secrets", {"Filters": [{"Key": "name"}]}, "Invalid filter values for key: name"),
        ("batch_get_secret_value", {"Filters": [{"Key": "all"}]}, "Invalid filter values for key: all"),
        (
            "batch_get_secret_value",
            {"Filters": [{"Key": "name", "Values": ["a"]}], "SecretIdList": ["a"]},
            "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
        ),
        (
            "batch_get_secret_value",
            {"SecretIdList": ["a"], "MaxResults": 1},
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
        ),
    ],
)
def test_what_is_refused(secrets: Any, operation: str, request_: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(secrets, operation)(**request_)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameterException", said)
