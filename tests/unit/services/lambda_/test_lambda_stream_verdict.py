"""What a function's answer means for a batch.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html; recorded, for each answer
here but the last ones: ``test_dynamodb_report_batch_item_success_scenarios`` and ``..._failure_scenarios``.
"""

import pytest

from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import Item
from stratolite.services.lambda_.sources.stream_verdict import FAILED, Verdict, verdict

ITEMS = [Item(sequence, 0, b"{}") for sequence in ("101", "102", "103")]


def judged(payload: str, *, error: str = "", is_partial: bool = True, has_window: bool = False) -> Verdict:
    return verdict(Answer("r", payload.encode(), error), ITEMS, is_partial=is_partial, has_window=has_window)


@pytest.mark.parametrize(
    "payload",
    ["[]", "null", "{}", '""', '{"batchItemFailures":[]}', '{"batchItemFailures":null}', '"done"', "7", '{"ok":true}'],
)
def test_success(payload: str) -> None:
    assert judged(payload) == Verdict(3)


@pytest.mark.parametrize(
    "failure",
    [
        '{"itemIdentifier":""}',
        '{"itemIdentifier":null}',
        '{"foo":"101"}',
        '{"foo":null}',
        '{"itemIdentifier":"999"}',
        '{"itemIdentifier":101}',
        '"101"',
        "null",
        '{"itemIdentifier":"102"},{"itemIdentifier":"999"}',
    ],
)
def test_failure(failure: str) -> None:
    assert judged(f'{{"batchItemFailures":[{failure}]}}') is FAILED


@pytest.mark.parametrize("payload", ['{"batchItemFailures":"101"}', '{"batchItemFailures":{}}', "no JSON"])
def test_malformed(payload: str) -> None:
    assert judged(payload) is FAILED


def test_the_lowest_failure_counts() -> None:
    assert judged('{"batchItemFailures":[{"itemIdentifier":"103"},{"itemIdentifier":"102"}]}') == Verdict(1)
    assert judged('{"batchItemFailures":[{"itemIdentifier":"101"}]}') == Verdict(0)


def test_an_error_fails_the_batch_whatever_it_says() -> None:
    assert judged('{"batchItemFailures":[]}', error="Unhandled") is FAILED


def test_without_the_response_type_every_answer_is_a_success() -> None:
    assert judged('{"batchItemFailures":[{"itemIdentifier":"101"}]}', is_partial=False) == Verdict(3)


def test_in_a_window_an_answer_has_a_state() -> None:
    """Source: services-ddb-windows."""
    assert judged("{}", has_window=True) is FAILED
    assert judged("null", has_window=True, is_partial=False) is FAILED
    assert judged('{"state":{"a":1}}', has_window=True) == Verdict(3, state=b'{"a":1}')
    partial = '{"state":{"a":1},"batchItemFailures":[{"itemIdentifier":"102"}]}'
    assert judged(partial, has_window=True) == Verdict(1, state=b'{"a":1}')
    assert judged('{"state":1,"batchItemFailures":[]}', has_window=True, is_partial=False) == Verdict(3, state=b"1")
