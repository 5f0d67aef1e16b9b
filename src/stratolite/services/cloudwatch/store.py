"""The tables of metrics and their data points.

A data point is one row for a metric, a stretch of time and a unit; what is put into the same stretch is merged into its
row. The ids of metrics are cached; they are never used again, so that a stale one finds nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core.distribution import Distribution
from stratolite.storage.database import Database, IntegrityError, Row

METRIC_IDS_CACHED_MAX = 10_000

Dimensions = tuple[tuple[str, str], ...]
"""Names and values in order of name."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Which metric: account, region, namespace, name, dimensions."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in ``resolution_s`` seconds from ``begin_ms`` on."""

    begin_ms: int
    resolution_s: int
    unit: str
    values: Distribution


_POINT = "begin_ms, resolution_s, unit, count, sum, minimum, maximum, known_values FROM cloudwatch_datapoint"


class Store:
    """Rows of metrics. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[Metric, int] = {}

    # Writing ---------------------------------------------------------------------------------------------------

    def add(self, metric: Metric, point: Point) -> None:
        """Merge what was measured into the row of its stretch of time, making metric and row where they lack."""
        metric_id = self._id(metric)
        try:
            self._merge(metric_id, point)
        except IntegrityError:
            # The metric has ended, and is known to the cache alone.
            self._ids.pop(metric, None)
            metric_id = self._id(metric)
            self._merge(metric_id, point)
        self._database.write(
            "UPDATE cloudwatch_metric SET last_ms = ? WHERE id = ? AND last_ms < ?",
            (point.begin_ms, metric_id, point.begin_ms),
        )

    def _merge(self, metric_id: int, point: Point) -> None:
        row = self._database.one(
            f"SELECT {_POINT} WHERE metric_id = ? AND begin_ms = ? AND resolution_s = ? AND unit = ?",
            (metric_id, point.begin_ms, point.resolution_s, point.unit),
        )
        merged = point.values
        if row is not None:
            merged = _point(row).values
            merged.merge(point.values)
        self._database.write(
            "INSERT OR REPLACE INTO cloudwatch_datapoint (metric_id, begin_ms, resolution_s, unit, count, sum, minimum,"
            " maximum, known_values) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                metric_id,
                point.begin_ms,
                point.resolution_s,
                point.unit,
                merged.count,
                merged.sum,
                merged.minimum,
                merged.maximum,
                _encoded(merged),
            ),
        )

    # Reading ---------------------------------------------------------------------------------------------------

    def points(self, metric: Metric, start_ms: int, end_ms: int, unit: str = "") -> Iterator[Point]:
        """What was measured from one time until before another, in order; of one unit unless that is empty."""
        metric_id = self._known_id(metric)
        if metric_id is None:
            return
        rows = self._database.query(
            f"SELECT {_POINT} WHERE metric_id = ? AND begin_ms >= ? AND begin_ms < ? AND (? = '' OR unit = ?)"
            " ORDER BY begin_ms, unit",
            (metric_id, start_ms, end_ms, unit, unit),
        )
        yield from map(_point, rows)

    def metrics(
        self, account: str, region: str, *, namespace: str, name: str, since_ms: int, after: int
    ) -> Iterator[tuple[int, Metric]]:
        """Metrics with data since a time, in the order in which they were first seen, with their ids.

        ``namespace`` and ``name`` are wanted unless they are empty; ``after``: an id."""
        rows = self._database.query(
            "SELECT id, account, region, namespace, name, dimensions FROM cloudwatch_metric"
            " WHERE account = ? AND region = ? AND (? = '' OR namespace = ?) AND (? = '' OR name = ?)"
            " AND last_ms >= ? AND id > ? ORDER BY id",
            (account, region, namespace, namespace, name, name, since_ms, after),
        )
        for metric_id, row_account, row_region, row_namespace, row_name, dimensions in rows:
            found = Metric(row_account, row_region, row_namespace, row_name, _dimensions(dimensions))
            yield metric_id, found

    # What becomes coarser, and ends ----------------------------------------------------------------------------

    def aged(self, resolution_s: int, before_ms: int, limit: int) -> list[tuple[int, Point]]:
        """The oldest rows of a resolution from before a time, with the ids of their metrics."""
        rows = self._database.query(
            f"SELECT metric_id, {_POINT} WHERE resolution_s = ? AND begin_ms < ? ORDER BY begin_ms LIMIT ?",
            (resolution_s, before_ms, limit),
        )
        return [(row[0], _point(row[1:])) for row in rows]

    def coarsen(self, metric_id: int, point: Point, resolution_s: int) -> None:
        """Merge a row into the coarser one that its time is in; with resolution 0 it just ends."""
        self._database.write(
            "DELETE FROM cloudwatch_datapoint WHERE metric_id = ? AND begin_ms = ? AND resolution_s = ? AND unit = ?",
            (metric_id, point.begin_ms, point.resolution_s, point.unit),
        )
        if resolution_s:
            begin_ms = point.begin_ms - point.begin_ms % (resolution_s * 1000)
            self._merge(metric_id, Point(begin_ms, resolution_s, point.unit, point.values))

    def forget_metrics(self, before_ms: int) -> None:
        """Delete the metrics of which nothing is left."""
        self._database.write("DELETE FROM cloudwatch_metric WHERE last_ms < ?", (before_ms,))

    # Inner parts -----------------------------------------------------------------------------------------------

    def _known_id(self, metric: Metric) -> int | None:
        known = self._ids.get(metric)
        if known is None:
            row = self._database.one(
                "SELECT id FROM cloudwatch_metric"
                " WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND dimensions = ?",
                _key(metric),
            )
            known = row[0] if row else None
        return known

    def _id(self, metric: Metric) -> int:
        known = self._known_id(metric)
        if known is None:
            known = self._database.insert(
                "INSERT INTO cloudwatch_metric (account, region, namespace, name, dimensions, last_ms)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                _key(metric),
            )
        if metric not in self._ids:
            self._database.after_commit(lambda: self._remember(metric, known))
        return known

    def _remember(self, metric: Metric, metric_id: int) -> None:
        if len(self._ids) >= METRIC_IDS_CACHED_MAX:
            self._ids.clear()
        self._ids[metric] = metric_id


def dimensions_of(given: Sequence[Any]) -> Dimensions:
    """The dimensions of a request."""
    return tuple(sorted((one["Name"], one["Value"]) for one in given))


def _key(metric: Metric) -> tuple[str, ...]:
    dimensions = json.dumps(metric.dimensions, ensure_ascii=False, separators=(",", ":"))
    return metric.account, metric.region, metric.namespace, metric.name, dimensions


def _dimensions(text: str) -> Dimensions:
    return tuple((name, value) for name, value in json.loads(text))


def _encoded(values: Distribution) -> bytes:
    if values.values is None:
        return b""
    return json.dumps([part for pair in sorted(values.values.items()) for part in pair], separators=(",", ":")).encode()


def _point(row: Row) -> Point:
    begin_ms, resolution_s, unit, count, total, minimum, maximum, encoded = row
    known: dict[float, float] | None = None
    if encoded:
        flat = json.loads(encoded)
        known = dict(zip(flat[::2], flat[1::2], strict=True))
    return Point(begin_ms, resolution_s, unit, Distribution(count, total, minimum, maximum, known))
