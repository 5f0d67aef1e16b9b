"""What must never happen to what event source mappings are given, one small class each."""

from collections import defaultdict
from itertools import pairwise

from tests.sim.checkers import Checker
from tests.sim.faults import Given
from tests.sim.history import Fate, History
from tests.sim.mappings import RESERVED, Batch


class MappedEvents(Checker):
    """What was accepted is done by its function, or ends as a dead letter or at its destination; none is invented."""

    def ended(self, history: History) -> None:
        mapped = history.mapped
        done, seen = set[str](), dict[str, Given]()
        for what, batch in mapped.batches:
            for place, given in enumerate(batch.given):
                written = mapped.written.get(given.token)
                self.require(
                    written is not None and written.function == batch.function,
                    f"{batch.function} was given {given.token}, which nobody wrote for it",
                )
                seen[given.token] = given
                if what == "ended" and place < batch.done:
                    done.add(given.token)
        for written in mapped.written.values():
            if written.accepted is not Fate.YES or written.token in done:
                continue
            given_up = written.token in mapped.dead
            if written.token in seen:
                given_up = given_up or mapped.is_given_up(seen[written.token])
            self.require(given_up, f"{written.token} was accepted, not done by {written.function}, and not given up")


class MappedOrder(Checker):
    """Of one item, or one FIFO group, nothing is given to the function before everything earlier is done or given up,
    or is in front of it in the same batch."""

    def ended(self, history: History) -> None:
        begun: defaultdict[tuple[str, str], dict[str, tuple[int, Batch]]] = defaultdict(dict)
        done: dict[str, int] = {}
        known: dict[str, Given] = {}
        for moment, (what, batch) in enumerate(history.mapped.batches):
            for place, given in enumerate(batch.given):
                known[given.token] = given
                if what == "begun":
                    begun[batch.function, given.key].setdefault(given.token, (moment, batch))
                elif place < batch.done:
                    done.setdefault(given.token, moment)
        for (function, key), tokens in begun.items():
            if not key:
                continue
            ordered = sorted(tokens, key=lambda token: known[token].sequence)
            for earlier, later in pairwise(ordered):
                moment, batch = tokens[later]
                together = [given.token for given in batch.given]
                is_behind = earlier in together and together.index(earlier) < together.index(later)
                is_over = done.get(earlier, moment) < moment or history.mapped.is_given_up(known[earlier])
                self.require(is_behind or is_over, f"{later} overtook {earlier} ({key}) on its way to {function}")


class ReservedConcurrency(Checker):
    """No more executions of a function run at a time than are reserved for it."""

    def ended(self, history: History) -> None:
        for function, most in RESERVED.items():
            found = history.mapped.most.get(function, 0)
            self.require(found <= most, f"{found} executions of {function} ran at a time, of {most} reserved")


def mapping_checkers() -> list[Checker]:
    """One of each."""
    return [MappedEvents(), MappedOrder(), ReservedConcurrency()]
