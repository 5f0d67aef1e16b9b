"""Paths to resources. Expectations: API Gateway's documentation, and test_lambda_aws_proxy_integration's recordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.paths import Matcher

PATHS = ("/", "/users", "/users/{id}", "/users/me", "/users/{id}/posts", "/files/{proxy+}", "/{proxy+}")


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", {}),
        ("/users", "/users", {}),
        ("/users/", "/{proxy+}", {"proxy": "users/"}),
        ("/users/me", "/users/me", {}),
        ("/users/1", "/users/{id}", {"id": "1"}),
        ("/users/me/posts", "/users/{id}/posts", {"id": "me"}),
        ("/users/1/other", "/{proxy+}", {"proxy": "users/1/other"}),
        ("/files/a/b%2Fc", "/files/{proxy+}", {"proxy": "a/b%2Fc"}),
        ("/files", "/{proxy+}", {"proxy": "files"}),
        ("/a//b", "/{proxy+}", {"proxy": "a//b"}),
        ("/a/", "/{proxy+}", {"proxy": "a/"}),
    ],
)
def test_the_most_specific_resource_wins(path: str, resource: str, parameters: dict[str, str]) -> None:
    assert Matcher((each, each) for each in PATHS).match(path) == (resource, parameters)


def test_a_greedy_path_needs_something() -> None:
    matcher = Matcher([("/{proxy+}", "all")])
    assert matcher.match("/") is None


PARTS = st.sampled_from(["a", "b", "c"])
TEMPLATES = st.lists(st.lists(st.sampled_from(["a", "b", "{x}"]), max_size=4), max_size=8)


@given(TEMPLATES, st.lists(PARTS, max_size=5))
def test_a_match_fills_its_template(templates: list[list[str]], parts: list[str]) -> None:
    """What matches is of the path's length, equal in its literals, and the parameters are the path's parts."""
    paths = {"/" + "/".join(template) for template in templates}
    matcher = Matcher((path, path) for path in sorted(paths))
    path = "/" + "/".join(parts)
    found = matcher.match(path)
    fitting = [each for each in paths if _fits(each, path)]
    assert (found is not None) == bool(fitting)
    if found is not None:
        assert found[0] in fitting


def _fits(template: str, path: str) -> bool:
    wanted, given_parts = template.split("/"), path.split("/")
    return len(wanted) == len(given_parts) and all(
        one == other or (one == "{x}" and other) for one, other in zip(wanted, given_parts, strict=True)
    )


@given(st.text(max_size=200))
def test_any_text_is_a_path(text: str) -> None:
    matcher = Matcher((each, each) for each in PATHS)
    found = matcher.match(f"/{text}")
    if found is not None and found[0] == "/{proxy+}":
        assert found[1]["proxy"] == text
