"""Seeds that are put into tables once the stack stands.

What a table was seeded with is remembered in the deployment bucket, with the id of the table: the same is put there
once, and again into a table that was made anew.
"""

import hashlib
import json
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, UserError
from stratolite.core.service import Operations
from stratolite.core.warning import Kind, Warning
from stratolite.targets.done import Done, Stack, counted
from stratolite.templates.serverless.local import Seed

BATCH_ITEMS_MAX = 25
BATCHES_TRIED_MAX = 100
SEEDED_KEY = "stratolite/{stack}/seeded.json"
"""Where the deployment bucket says what tables were seeded with."""


class Seeds:
    """Puts them into the tables of a running cloud."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def put(self, call: Call, stack: Stack, seeds: Iterable[Seed], done: Done) -> None:
        """Put items into tables, unless these items were put into this very table before."""
        key = SEEDED_KEY.format(stack=stack.name)
        before = await self._remembered(call, stack.bucket, key)
        now = dict(before)
        counts: dict[str, int] = {}
        for index, one in enumerate(seeds):
            try:
                table = (await self._do(call, "dynamodb", "DescribeTable", {"TableName": one.table}))["Table"]
                digest = hashlib.sha256(f"{table['TableId']}{_text(one.items)}".encode()).hexdigest()
                if before.get(f"{one.table}/{index}") != digest:
                    await self._put_items(call, one)
                    counts[one.table] = counts.get(one.table, 0) + len(one.items)
                now[f"{one.table}/{index}"] = digest
            except AwsError as error:
                what = f"the seeds of {one.table} are not put there: {error.message}"
                done.warnings.append(Warning(what, one.at, Kind.LEFT_OUT, "plugins"))
        if now != before:
            await self._do(call, "s3", "PutObject", {"Bucket": stack.bucket, "Key": key, "Body": _text(now).encode()})
        done.notes += [f"{counted(count, 'item')} put into the table {table}" for table, count in counts.items()]

    async def _put_items(self, call: Call, seed: Seed) -> None:
        for start in range(0, len(seed.items), BATCH_ITEMS_MAX):
            page = [{"PutRequest": {"Item": dict(item)}} for item in seed.items[start : start + BATCH_ITEMS_MAX]]
            waiting: dict[str, Any] = {seed.table: page}
            for _ in range(BATCHES_TRIED_MAX):
                answer = await self._do(call, "dynamodb", "BatchWriteItem", {"RequestItems": waiting})
                waiting = answer.get("UnprocessedItems") or {}
                if not waiting:
                    break
            else:
                raise UserError(f"the table {seed.table} takes no more items", where=seed.at, exit_code=1)

    async def _remembered(self, call: Call, bucket: str, key: str) -> dict[str, str]:
        try:
            answer = await self._do(call, "s3", "GetObject", {"Bucket": bucket, "Key": key})
            found = json.loads(await _bytes(answer["Body"]))
        except (AwsError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def _do(self, call: Call, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await self._operations.perform(call, service, operation, request)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda raw: raw.hex())


async def _bytes(body: Any) -> bytes:
    if isinstance(body, AsyncIterable):
        return b"".join([piece async for piece in body])
    return bytes(body)
