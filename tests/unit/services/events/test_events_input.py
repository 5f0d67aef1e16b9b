"""What targets get of an event: paths, constants and templates, beside the recorded answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.events import target_input
from stratolite.services.events.event import dumps

DETAIL = {
    "command": "update-account",
    "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"},
    "listsingle": ["HIGH"],
    "listmulti": ["ACTIVE", "INACTIVE"],
    "valid": True,
}
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "event-id",
    "detail-type": "core.update-account-command",
    "source": "core.update-account-command",
    "account": "111111111111",
    "time": "2022-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": DETAIL,
}
PATHS = {
    "userId": "$.detail.payload.acc_id",
    "payload": "$.detail.payload",
    "systemstring": "$.detail.awsAccountId",
    "listsingle": "$.detail.listsingle",
    "listmulti": "$.detail.listmulti",
    "valid": "$.detail.valid",
}
CONTEXT = {
    "aws.events.rule-arn": "arn:aws:events:us-east-1:111111111111:rule/rule",
    "aws.events.rule-name": "rule",
    "aws.events.event.ingestion-time": "2022-01-01T00:00:01Z",
}


def made(**target: Any) -> str:
    return target_input.make(target, EVENT, dumps(EVENT), CONTEXT)


def transformed(template: str, paths: Any = PATHS) -> str:
    return made(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.detail.listmulti[*]", ["ACTIVE", "INACTIVE"]),
        ("$.detail.payload.*", ["0a787ecb-4015", "baz"]),
        ("$.detail.*.sf_id", ["baz"]),
        ("$.detail.valid[*]", []),
        ("$.detail['payload']['sf_id']", "baz"),
    ],
)
def test_wildcards_give_lists(path: str, wanted: Any) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html: wildcards."""
    assert target_input.is_path(path)
    assert json.loads(made(InputPath=path)) == wanted
    assert json.loads(transformed('{"found": <found>}', {"found": path})) == {"found": wanted}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("$.detail.payload.sf_id", "baz"), ("$.detail.absent", ""), ("is $.source", "is $.source"), ("$5", "$5")],
)
def test_parameters_may_be_paths(value: str, wanted: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#dynamic-path-parameters"""
    assert target_input.dynamic(value, EVENT) == wanted


def test_all_of_it_or_a_constant() -> None:
    assert json.loads(made()) == EVENT
    assert made(Input='{"a": 1}') == '{"a": 1}'


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        # aws-answers: events/test_events_inputs.json, test_put_events_with_input_path...
        ("$", EVENT),
        ("$.detail", DETAIL),
        ("$.detail.payload", DETAIL["payload"]),
        ("$.detail.payload.sf_id", "baz"),
        ("$.detail.listmulti[1]", "INACTIVE"),
    ],
)
def test_paths(path: str, wanted: Any) -> None:
    assert json.loads(made(InputPath=path)) == wanted


@pytest.mark.parametrize("path", ["$.absent", "$.detail.listmulti[7]", "$.source.deeper"])
def test_paths_that_find_nothing(path: str) -> None:
    with pytest.raises(target_input.NoInput):
        made(InputPath=path)


# aws-answers: events/test_events_inputs.json, test_input_transformer_nested_keys_replacement[<template>]
@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        (
            '"Payload of <payload> with path users-service/users/<userId> and <userId>"',
            '"Payload of {acc_id:0a787ecb-4015,sf_id:baz} with path users-service/users/0a787ecb-4015 and '
            '0a787ecb-4015"',
        ),
        (
            '"<listsingle> single list item"\n"<listmulti> multiple list items"\n"<systemstring> system account id"\n'
            '"<payload> payload"\n"<userId> user id"',
            '"[HIGH] single list item"\n"[ACTIVE,INACTIVE] multiple list items"\n" system account id"\n'
            '"{acc_id:0a787ecb-4015,sf_id:baz} payload"\n"0a787ecb-4015 user id"',
        ),
        ('"Command is <valid>!"', '"Command is true!"'),
        # test_put_events_with_input_transformer_input_template_string
        (
            '"{[/Check with special starting characters <userId>"',
            '"{[/Check with special starting characters 0a787ecb-4015"',
        ),
        # test_input_transformer_predefined_variables
        (
            '"Message <aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
            '"Message arn:aws:events:us-east-1:111111111111:rule/rule rule 2022-01-01T00:00:01Z"',
        ),
    ],
)
def test_templates_of_text(template: str, wanted: str) -> None:
    assert transformed(template) == wanted


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        (
            '{"method": "PUT", "path": "users-service/users/<userId>", "bod": <payload>}',
            {"method": "PUT", "path": "users-service/users/0a787ecb-4015", "bod": DETAIL["payload"]},
        ),
        (
            '{"method": "PUT", "path": "users-service/users/<userId>", "id": <userId>, "body": <payload>}',
            {
                "method": "PUT",
                "path": "users-service/users/0a787ecb-4015",
                "id": "0a787ecb-4015",
                "body": DETAIL["payload"],
            },
        ),
        (
            '{"path": "users-service/users/<userId>", "bod": [<userId>, "hardcoded"]}',
            {"path": "users-service/users/0a787ecb-4015", "bod": ["0a787ecb-4015", "hardcoded"]},
        ),
        (
            '{"nested": {"level1": {"level2": {"level3": "users-service/users/<userId>"} } }, "bod": "<userId>"}',
            {
                "nested": {"level1": {"level2": {"level3": "users-service/users/0a787ecb-4015"}}},
                "bod": "0a787ecb-4015",
            },
        ),
        ('{"singlelistitem": <listsingle>}', {"singlelistitem": ["HIGH"]}),
        (
            '{"multi_replacement": "users/<userId>/second/<userId>"}',
            {"multi_replacement": "users/0a787ecb-4015/second/0a787ecb-4015"},
        ),
        ('{"id" : <userId>}', {"id": "0a787ecb-4015"}),
        ('{"id" : "<userId>"}', {"id": "0a787ecb-4015"}),
        # test_put_events_with_input_transformer_input_template_json: what is not there is an empty text
        ('{"command": <systemstring>}', {"command": ""}),
        # test_input_transformer_predefined_variables
        ('{"all": <aws.events.event.json>}', {"all": EVENT}),
        (
            '{"originalEvent": <aws.events.event>}',
            {
                "originalEvent": {
                    "id": "event-id",
                    "account": "111111111111",
                    "detailType": "core.update-account-command",
                    "time": "2022-01-01T00:00:00Z",
                    "source": "core.update-account-command",
                    "region": "us-east-1",
                    "resources": [],
                    "version": "0",
                }
            },
        ),
        ("<payload>", DETAIL["payload"]),
    ],
)
def test_templates_of_json(template: str, wanted: Any) -> None:
    assert json.loads(transformed(template)) == wanted


# AWS delivers nothing for these: their entries are empty.
@pytest.mark.parametrize(
    "template",
    [
        "<listsingle> single list item",
        "<listmulti> multiple list items",
        '{"singlelistitem": "<listsingle>", "multiplelistitems": "<listmulti>"}',
        '{"singlelistitem": "<listsingle>"}',
        "[" * 3000,
    ],
)
def test_templates_that_give_no_json(template: str) -> None:
    with pytest.raises(target_input.NoInput):
        transformed(template)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, st.text(max_size=8))
def test_values_stay_what_they_are(value: Any, text: str) -> None:
    event = {**EVENT, "detail": {"value": value, "text": text}}
    target = {
        "InputTransformer": {
            "InputPathsMap": {"value": "$.detail.value", "text": "$.detail.text"},
            "InputTemplate": '{"value": <value>, "text": "before <text> after", "quoted \\" <text>": 1}',
        }
    }
    found = json.loads(target_input.make(target, event, "", CONTEXT))
    assert found == {
        "value": "" if value is None else value,
        "text": f"before {text} after",
        f'quoted " {text}': 1,
    }
