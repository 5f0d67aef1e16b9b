"""From a function's name to what the engine runs, remembered: a warm invoke asks neither database nor STS.

What is remembered of a function is forgotten after the commit of any change to it. Environments of a version that runs
as before stay: the others are retired.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stratolite.core.entropy import Entropy
from stratolite.services.lambda_ import rules
from stratolite.services.lambda_.concurrency import Concurrency, Share
from stratolite.services.lambda_.domain import LATEST, FunctionName, Version
from stratolite.services.lambda_.names import not_found
from stratolite.services.lambda_.recursion import mark_of
from stratolite.services.lambda_.sandbox import Sandbox
from stratolite.services.lambda_.store import Store

if TYPE_CHECKING:
    from stratolite.engine.model import FunctionSpec
    from stratolite.services.lambda_.metrics import Tallies

FUNCTIONS_REMEMBERED_MAX = 4096


@dataclass(slots=True)
class Known:
    """What is remembered of one function. A new object after each change: its identity tells that one came between."""

    share: Share
    """Its executions, and how many there may be."""
    mark: str
    """How a lineage names it."""
    recursive_loop: str
    routes: dict[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)
    """By qualifier: (weights summed up, version) in order; the first whose sum exceeds the dice is taken."""
    specs: "dict[int, tuple[FunctionSpec, int]]" = field(default_factory=dict)
    """By version: what the engine runs, and until when."""
    tallies: "dict[tuple[str, int], Tallies]" = field(default_factory=dict)
    """By qualifier and version: what is counted of executions."""
    building: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Invokes that arrive together share one specification."""

    @property
    def reserved(self) -> int | None:
        return self.share.reserved

    def spec(self, number: int, now_ms: int) -> "FunctionSpec | None":
        """What the engine runs for a version, if that is known and its credentials are young enough."""
        entry = self.specs.get(number)
        return entry[0] if entry is not None and entry[1] > now_ms else None


class Runnables:
    """The cache of the hot path."""

    def __init__(self, store: Store, sandbox: Sandbox, concurrency: Concurrency) -> None:
        self._store = store
        self._sandbox = sandbox
        self._concurrency = concurrency
        self._known: dict[FunctionName, Known] = {}

    def known(self, name: FunctionName, qualifier: str = "") -> Known:
        """What is known of a function (its name without qualifier). Raises ResourceNotFoundException, which names the
        qualifier that was asked for."""
        known = self._known.get(name)
        if known is None:
            function = self._store.function(name)
            if function is None:
                raise not_found(f"Function not found: {name.arn}:{qualifier or LATEST}")
            if len(self._known) >= FUNCTIONS_REMEMBERED_MAX:
                self._known.clear()
            share = self._concurrency.share(name, function.reserved)
            known = self._known[name] = Known(share, mark_of(name), function.recursive_loop)
        return known

    def route(self, known: Known, name: FunctionName, entropy: Entropy) -> int:
        """The number of the version that a qualifier leads to; dice are thrown where an alias has weights.

        Raises ResourceNotFoundException when there is no such version or alias.
        """
        routes = known.routes.get(name.qualifier)
        if routes is None:
            routes = known.routes[name.qualifier] = self._routes(name)
        if len(routes) == 1:
            return routes[0][1]
        dice = entropy.fraction()
        return next((number for sum_of_weights, number in routes if dice < sum_of_weights), routes[-1][1])

    async def specification(self, known: Known, name: FunctionName, number: int, now_ms: int) -> "FunctionSpec":
        """What the engine runs for a version, made when it is not known or its credentials have grown old."""
        async with known.building:
            while True:
                spec = known.spec(number, now_ms)
                if spec is not None:
                    return spec
                entry = known.specs.get(number)
                made = await self._sandbox.specification(self._version(name, number))
                if self._known.get(name) is known:
                    break
                # The function has changed meanwhile.
                known = self.known(name)
            if entry is not None and entry[0].key != made[0].key:
                self._sandbox.retire(entry[0])
            known.specs[number] = made
            return made[0]

    def forget(self, name: FunctionName) -> None:
        """A function has changed or is gone."""
        function = self._store.function(name)
        self._concurrency.refresh(name, function.reserved if function else None)
        known = self._known.pop(name, None)
        if known is None:
            return
        kept = {}
        for number, entry in known.specs.items():
            version = self._store.version(name, number)
            if version is not None and self._sandbox.fits(entry[0], version):
                kept[number] = entry
            else:
                self._sandbox.retire(entry[0])
        if kept:
            self.known(name).specs.update(kept)

    def _routes(self, name: FunctionName) -> tuple[tuple[float, int], ...]:
        number = rules.version_number(name.qualifier)
        if number is not None:
            self._version(name, number)
            return ((1.0, number),)
        alias = self._store.alias(name, name.qualifier)
        if alias is None:
            raise not_found(f"Function not found: {name.qualified_arn}")
        total, routes = 0.0, []
        for label, weight in alias.weights.items():
            total += weight
            routes.append((total, int(label)))
        return (*routes, (1.0, rules.version_number(alias.version) or 0))

    def _version(self, name: FunctionName, number: int) -> Version:
        version = self._store.version(name.with_qualifier(""), number)
        if version is None:
            raise not_found(f"Function not found: {name.arn}:{number or LATEST}")
        return version
