"""Events: those that are compiled later are refused by name, and mistakes are told with their place."""

from collections.abc import Callable

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled
from stratolite.templates.serverless.events import EVENTS, LATER

Compile = Callable[..., Compiled]
FUNCTION = "functions:\n  a:\n    handler: h.handler\n    events:\n"


@pytest.mark.parametrize("kind", sorted(LATER))
def test_later_events_are_refused_by_name(compile_text: Compile, kind: str) -> None:
    with pytest.raises(UserError, match=f"the event '{kind}' is not compiled yet") as raised:
        compile_text(f"{FUNCTION}      - {kind}: x")
    assert raised.value.where.endswith("serverless.yml:9:9")
    assert "http, sns" in raised.value.todo


def test_nothing_is_both() -> None:
    assert not EVENTS.keys() & LATER


@pytest.mark.parametrize(
    ("event", "what", "place"),
    [
        ("- http", "the event 'http' has no settings", "9:9"),
        ("- http:", "the event 'http' has no settings", "9:9"),
        ("- htpp: GET /x", "there is no event 'htpp'", "9:9"),
        ("- http:\n        path: x\n        method: get", "the event 'http' has no settings", "9:9"),
        ("- 5", "is not a map", "9:9"),
        ("- http: GET", "has no path", "9:9"),
        ("- http: FETCH /x", "no method of HTTP, but 'FETCH'", "9:9"),
        ("- http: {method: get}", "has no path", "9:9"),
        ("- http: {path: x}", "has no method", "9:9"),
        ("- http: {path: x, method: get, integration: magic}", "there is no integration 'magic'", "9:38"),
        ("- http: {path: x, method: get, integration: http}", "needs request.uri", "9:9"),
        (
            "- http: {path: x, method: get, integration: http, connectionType: vpc-link, request: {uri: u}}",
            "needs connectionId",
            "9:57",
        ),
        ("- http: {path: x, method: get, authorizer: nobody}", "no function 'nobody'", "9:38"),
        ("- http: {path: x, method: get, authorizer: {type: token}}", "neither a name nor an arn", "9:38"),
        ("- http: {path: x, method: get, authorizer: {arn: {Ref: A}}}", "the authorizer has no name", "9:38"),
        (
            "- http: {path: x, method: get, authorizer: {arn: 'arn:aws:cognito-idp:x:1:userpool/p', claims: [a]}}",
            "passes on all claims",
            "9:94",
        ),
        ("- sns: {displayName: x}", "lacks 'topicName'", "9:9"),
        ("- sns: {arn: {Ref: T}}", "lacks 'topicName'", "9:15"),
        ("- sns: {topicName: t, redrivePolicy: {x: y}}", "names no queue", "9:29"),
        ("- sns: {topicName: t, redrivePolicy: {deadLetterTargetArn: q}}", "not the ARN of a queue", "9:45"),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, event: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{FUNCTION}      {event}")
    assert f"serverless.yml:{place}" in raised.value.where


def test_events_have_to_be_a_list(compile_text: Compile) -> None:
    with pytest.raises(UserError, match="have to be a list"):
        compile_text("functions: {a: {handler: h.handler, events: {http: GET x}}}")
