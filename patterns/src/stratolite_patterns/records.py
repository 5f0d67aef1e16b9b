"""Records of a batch, each on its own: what failed is told to Lambda record by record, and nothing else is repeated.

The answer is what Lambda expects when the event source mapping has ``FunctionResponseTypes:
[ReportBatchItemFailures]``:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

logger = logging.getLogger("stratolite_patterns")

RESERVED_MS = 500
"""With less time left than this, records are handed back rather than begun."""


class BatchFailed(Exception):
    """Every record of a batch failed, or one of a source that knows no partial answers. ``failures`` has the errors."""

    def __init__(self, failures: Sequence[BaseException]) -> None:
        self.failures = tuple(failures)
        first = f"{type(failures[0]).__name__}: {failures[0]}" if failures else "none"
        super().__init__(f"{len(failures)} record(s) failed; the first: {first}")


class OutOfTime(Exception):
    """The function's time was nearly over, and the record was not begun."""


class EarlierFailed(Exception):
    """An earlier record of the same message group failed, and order is kept."""


def process_queue(
    records: Sequence[Mapping[str, Any]],
    handle: Callable[[Mapping[str, Any]], object],
    context: Any = None,
    *,
    reserved_ms: int = RESERVED_MS,
) -> dict[str, list[dict[str, str]]]:
    """Handle the records of an SQS event one by one and say which failed.

    Of a FIFO queue, all records of a group that follow a failed one fail too, so that order is kept. When less than
    ``reserved_ms`` of the function's time is left, what is not begun is handed back.

    Raises BatchFailed when all of them failed: the answer would say the same, but the function's error metric shows it.
    """
    failed: list[dict[str, str]] = []
    errors: list[BaseException] = []
    stopped: set[str] = set()
    remaining_ms = getattr(context, "get_remaining_time_in_millis", None)
    for record in records:
        group = _group(record)
        try:
            if group in stopped:
                raise EarlierFailed(f"an earlier record of the group {group} failed")
            if remaining_ms is not None and remaining_ms() < reserved_ms:
                raise OutOfTime(f"less than {reserved_ms} ms were left")
            handle(record)
        except Exception as error:  # noqa: BLE001 - whatever a record's handler raises is that record's failure
            if group is not None:
                stopped.add(group)
            failed.append({"itemIdentifier": str(record["messageId"])})
            errors.append(error)
            _tell(record["messageId"], error)
    if records and len(failed) == len(records):
        raise BatchFailed(errors) from errors[0]
    return {"batchItemFailures": failed}


def process_all(records: Sequence[Any], handle: Callable[[Any], object]) -> None:
    """Handle records of a source that takes no partial answers, each on its own. Raises BatchFailed if any failed."""
    errors: list[BaseException] = []
    for record in records:
        try:
            handle(record)
        except Exception as error:  # noqa: BLE001 - the others are handled before it is raised
            errors.append(error)
            _tell("a record", error)
    if errors:
        raise BatchFailed(errors) from errors[0]


def _group(record: Mapping[str, Any]) -> str | None:
    """The message group within which order is kept. Standard queues have groups too, for fairness: no order there."""
    if not str(record.get("eventSourceARN", "")).endswith(".fifo"):
        return None
    group = record.get("attributes", {}).get("MessageGroupId")
    return str(group) if group is not None else ""


def _tell(name: object, error: BaseException) -> None:
    if isinstance(error, EarlierFailed | OutOfTime):
        logger.warning("%s is handed back: %s", name, error)
    else:
        logger.error("%s failed: %s: %s", name, type(error).__name__, error, exc_info=error)
