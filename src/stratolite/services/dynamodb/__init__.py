"""DynamoDB: tables of items, their secondary indexes, streams of their changes, time to live.

Where things are:

- ``operations/``: the API, one module a resource noun (tables, items, searches, batches, transactions, statements,
  tags, backups, time to live, limits).
- ``attributes.py``, ``numbers.py``: attribute values in their wire form, and the arithmetic and order of numbers.
- ``expressions/``: condition, filter, key condition, projection and update expressions; ``legacy.py``: what came
  before them; ``guards.py``: the conditions of writes; ``keyconditions.py``: those of queries.
- ``partiql/``: statements, as reads and writes like any other.
- ``actions.py``: a write in its stages, for single ones and transactions (``transacting.py``); ``writing.py``: one item
  changed, with its indexes, its expiry and its record.
- ``searching.py``: Query and Scan; ``pages.py``: how full their pages are; ``capacity.py``: consumed units;
  ``metrics.py``: what tables publish about themselves.
- ``cfn.py``, ``global_table.py``: its resource types.
- ``definition.py``: what a table is, checked and described, with ``key_schema.py``, ``throughput.py`` and
  ``encryption.py``; ``tags.py``: tags, checked.
- ``change_request.py``: what UpdateTable may be asked; ``changes.py``, ``index_changes.py``: how it is done;
  ``changing.py``: how it answers; ``stream_specification.py``: streams begun and ended by it.
- ``streams.py``: the life of streams, and what a write adds to them; ``records.py``: what a record looks like;
  ``stream_store.py``: their rows; ``port.py``: how other services read them (the streams API is one of those).
- ``domain.py``: tables, indexes and keys compiled for use; ``tables.py``: tables by name or ARN.
- ``store.py``, ``schema.sql``: rows. ``background.py``: expiry, the purge of deleted tables, old records.

An item is kept as the JSON that GetItem returns, so reads answer with its bytes (``msgspec.Raw``) and never decode it.
Not here yet, and refused by name: replicas, vector indexes, resource policies.
"""

from stratolite.services.dynamodb.metrics import Meters
from stratolite.services.dynamodb.store import Store
from stratolite.services.dynamodb.streams import Streams
from stratolite.services.world import World


class Dynamodb:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.database)
        self.streams = Streams(world)
        self.meters = Meters(world)


def build(world: World) -> Dynamodb:
    """The service, ready to operate."""
    return Dynamodb(world)
