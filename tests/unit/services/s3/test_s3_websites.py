"""Where routing rules lead, and ids of versions.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

from typing import Any

import pytest

from stratolite.core.entropy import SeededEntropy
from stratolite.services.s3 import version_ids, website
from stratolite.services.s3.rules import is_version_id

BY_PREFIX: dict[str, Any] = {
    "Condition": {"KeyPrefixEquals": "docs/"},
    "Redirect": {"ReplaceKeyPrefixWith": "documents/"},
}
BY_ERROR: dict[str, Any] = {
    "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "app/"},
    "Redirect": {"HostName": "example.com", "ReplaceKeyPrefixWith": "#!/", "HttpRedirectCode": "302"},
}
ALWAYS: dict[str, Any] = {"Redirect": {"ReplaceKeyWith": "closed.html", "Protocol": "https"}}


@pytest.mark.parametrize(
    ("key", "status", "found"),
    [
        ("docs/a", None, BY_PREFIX),
        ("docs/a", 404, None),
        ("app/a", None, None),
        ("app/a", 404, BY_ERROR),
        ("app/a", 403, None),
        ("a", 404, None),
    ],
)
def test_which_rule_speaks_of_a_request(key: str, status: int | None, found: dict[str, Any] | None) -> None:
    assert website.rule_for([BY_PREFIX, BY_ERROR], key, status) is found


def test_a_rule_without_a_condition_speaks_of_all_requests() -> None:
    assert website.rule_for([ALWAYS], "a", None) is ALWAYS


@pytest.mark.parametrize(
    ("rule", "key", "led"),
    [
        (BY_PREFIX, "docs/a b", (301, "http://here/documents/a%20b")),
        (BY_ERROR, "app/x", (302, "http://example.com/#!/x")),
        (ALWAYS, "any", (301, "https://here/closed.html")),
    ],
)
def test_where_a_rule_leads(rule: dict[str, Any], key: str, led: tuple[int, str]) -> None:
    assert website.redirected(rule, key, "here") == led


def test_ids_that_were_given_out_are_known() -> None:
    entropy = SeededEntropy(7)
    made = [version_ids.made(entropy) for _ in range(50)]
    assert len(set(made)) == 50
    for one in made:
        assert is_version_id(one) and version_ids.was_given_out(one)
        assert not version_ids.was_given_out(one[:-1] + ("A" if one[-1] != "A" else "B"))
