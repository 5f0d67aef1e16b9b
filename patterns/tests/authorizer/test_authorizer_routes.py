"""Policies for exactly the routes of a role, right from a cache, judged as IAM judges them."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite_patterns.authorizer import Routes

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/posts"
BASE = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/"
ROUTES = Routes(
    {
        "reader": ["GET /posts", "GET /posts/{id}"],
        "writer": ["GET /posts", "POST /posts", "GET /posts/{id}", "PUT /posts/{id}", "GET /posts/{id}/comments"],
        "admin": ["ANY /{proxy+}"],
    },
    others=["GET /posts/{id}/comments", "GET /posts/drafts", "DELETE /posts/{id}"],
)


def judged(policy: dict[str, Any], request: str) -> bool:
    """Whether a policy allows ``GET /posts/1``: any Deny wins, wildcards match everything."""

    def hit(statement: dict[str, Any]) -> bool:
        patterns = [re.escape(each).replace(r"\*", ".*") for each in statement["Resource"]]
        return any(re.fullmatch(each, BASE + request.replace(" /", "/")) for each in patterns)

    effects = {each["Effect"] for each in policy["Statement"] if hit(each)}
    return effects == {"Allow"}


@pytest.mark.parametrize(
    ("roles", "request_", "is_allowed"),
    [
        (["reader"], "GET /posts", True),
        (["reader"], "GET /posts/1", True),
        (["reader"], "POST /posts", False),
        (["reader"], "DELETE /posts/1", False),
        (["reader"], "GET /posts/1/comments", False),
        (["reader"], "GET /posts/drafts", False),
        (["reader"], "GET /posts/1/anything/else", False),
        (["reader"], "GET /admin/posts", False),
        (["writer"], "GET /posts/1/comments", True),
        (["writer"], "PUT /posts/1", True),
        (["writer"], "GET /posts/drafts", False),
        (["reader", "writer"], "GET /posts/1/comments", True),
        (["admin"], "DELETE /a/b/c", True),
        (["nobody"], "GET /posts", False),
        ([], "GET /posts", False),
    ],
)
def test_what_a_policy_allows(roles: list[str], request_: str, is_allowed: bool) -> None:
    assert judged(ROUTES.policy(roles, ARN), request_) is is_allowed
    method, path = request_.split(" ")
    if "anything" not in request_:
        assert ROUTES.allows(roles, method, path) is is_allowed


def test_the_policy_is_the_same_whatever_route_was_asked_for() -> None:
    asked = [ROUTES.policy(["writer"], BASE + path) for path in ("GET/posts", "POST/posts", "DELETE/posts/1", "GET/")]
    assert all(each == asked[0] for each in asked)


def test_any_method_is_written_out_since_a_wildcard_would_match_paths() -> None:
    routes = Routes({"user": ["ANY /posts"]})
    policy = routes.policy(["user"], ARN)
    assert judged(policy, "PATCH /posts")
    assert not judged(policy, "GET /admin/posts")
    assert not any("/*/" in each for each in policy["Statement"][0]["Resource"])


def test_a_policy_for_another_api_or_stage_says_nothing_of_this_one() -> None:
    policy = ROUTES.policy(["admin"], ARN.replace("prod", "dev"))
    assert not judged(policy, "GET /posts")
    with pytest.raises(ValueError, match="no ARN"):
        ROUTES.policy(["admin"], "arn:aws:s3:::bucket")


@pytest.mark.parametrize(
    "text", ["/posts", "get /posts", "GET posts", "GET /po*sts", "GET //", "GET /{a+}/b", "TRACE /a"]
)
def test_what_is_no_route_is_refused_at_declaration(text: str) -> None:
    with pytest.raises(ValueError, match=r"route|greedy"):
        Routes({"user": [text]})


def test_a_role_that_no_policy_could_describe_is_refused_at_declaration() -> None:
    with pytest.raises(ValueError, match="would cover"):
        Routes({"user": ["GET /posts/{id}", "GET /posts/drafts/comments"]}, others=["GET /posts/{id}/comments"])


segments = st.sampled_from(["a", "b", "{x}", "{y}"])
paths = st.lists(segments, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
routes = st.builds("{} {}".format, st.sampled_from(["GET", "POST"]), paths)


@given(
    st.lists(routes, min_size=1, max_size=4), st.lists(routes, max_size=4), st.lists(st.sampled_from("abc"), max_size=4)
)
def test_a_policy_never_allows_what_the_declaration_does_not(
    allowed: list[str], others: list[str], parts: list[str]
) -> None:
    try:
        declared = Routes({"user": allowed}, others=others)
    except ValueError:
        return
    path = "/" + "/".join(parts)
    policy = declared.policy(["user"], ARN)
    for method in ("GET", "POST"):
        known = [route for route in declared.all if route.matches(method, path)]
        # A path of no route gets no answer from an API, whatever a policy says of it.
        if known and judged(policy, f"{method} {path}"):
            assert known[0] in declared.allowed(["user"])


@pytest.mark.parametrize("roles", [["reader"], ["writer"], ["reader", "writer"], ["admin"], []], ids=str)
def test_another_reader_of_policies_judges_the_same(roles: list[str]) -> None:
    policy = pytest.importorskip("stratolite.core.policy")
    document = ROUTES.policy(roles, ARN)
    for method in ("GET", "POST", "PUT", "DELETE"):
        for path in ("/posts", "/posts/1", "/posts/drafts", "/posts/1/comments", "/posts/1/a/b", "/admin/posts"):
            verdict = policy.judge(policy.read(document), BASE + method + path, {})
            assert (verdict is policy.Verdict.ALLOWED) == judged(document, f"{method} {path}")
