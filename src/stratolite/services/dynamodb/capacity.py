"""What requests consume, by AWS's arithmetic: 4 KB a read unit, 1 KB a write unit, half for eventual consistency.

Nothing is throttled; the numbers are only returned.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.dynamodb.domain import Table

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Units of reading some bytes; a read of nothing counts as one of a whole unit."""
    units = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return float(units) if consistent else units / 2


def write_units(*sizes_bytes: int) -> float:
    """Units of a write: the larger of the item before and after it."""
    return float(max(1, -(-max(sizes_bytes, default=0) // WRITE_UNIT_BYTES)))


def consumed(
    request: Mapping[str, Any],
    table: Table,
    table_units: float,
    index_units: Mapping[str, float] | None = None,
    *,
    kind: str = "",
) -> dict[str, Any]:
    """``ConsumedCapacity`` as a result's member: empty unless the request asks for TOTAL or INDEXES.

    ``kind`` is ``Read`` or ``Write`` where the answer tells these apart, as those of transactions do.
    """
    wanted = request.get("ReturnConsumedCapacity", "NONE")
    if wanted == "NONE":
        return {}

    def shown(units: float) -> dict[str, float]:
        return {"CapacityUnits": units, f"{kind}CapacityUnits": units}

    units = index_units or {}
    answer: dict[str, Any] = {"TableName": table.name, **shown(table_units + sum(units.values()))}
    if wanted == "INDEXES":
        answer["Table"] = shown(table_units)
        for name, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
            found = {index: shown(used) for index, used in units.items() if table.by_name[index].is_global is is_global}
            if found:
                answer[name] = found
    return {"ConsumedCapacity": answer}
