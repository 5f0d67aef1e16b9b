"""Following a stack while an operation of it runs, by its events.

Events are known by their ids, never by their times: this machine's clock may be wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError, UserError
from stratolite.targets.account import Account
from stratolite.targets.local import Progress, StackFailed

POLL_S_MIN = 0.1
POLL_S_MAX = 2.0
OPERATION_S_MAX = 6 * 3600
"""How long an operation is followed; CloudFormation's own limits are shorter for most resources."""
STALE_S_MAX = 60
"""How long a status that no event confirms is taken for an old one."""
SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
"""While it cleans up, a stack takes no other operation: its end is waited for."""
CANCELLED = "cancelled"

Tell = Callable[[Progress], None]


@dataclass
class Following:
    """One operation of one stack. ``places``: where resources are written, by logical id, for what fails."""

    account: Account
    clock: Clock
    stack_id: str
    places: Mapping[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _failures: list[Progress] = field(default_factory=list)
    _whole_failures: list[Progress] = field(default_factory=list)
    _last: str = ""
    """What the latest new event says of the whole stack."""

    def begin(self) -> "Following":
        """Know the events that there are already, before the operation starts."""
        self._seen = {event["EventId"] for event in self._events()}
        return self

    async def until_settled(self, tell: Tell, *, deleting: bool = False) -> str:
        """Tell events until the operation has ended; the status. Raises StackFailed with the first failure's reason."""
        wait_s, waited_s, stale_s = POLL_S_MIN, 0.0, 0.0
        while waited_s < OPERATION_S_MAX:
            status = self._status()
            for progress in self._news():
                tell(progress)
            if deleting and status == "DELETE_COMPLETE":
                return status
            # Right after the start, the status may still be that of the operation before: events tell them apart.
            stale_s = stale_s + wait_s if status != self._last else 0.0
            if status == self._last or stale_s > STALE_S_MAX:
                if not deleting and status in SUCCEEDED:
                    return status
                if not status.endswith("_IN_PROGRESS"):
                    raise self._failure(status)
            await self.clock.sleep(wait_s)
            waited_s += wait_s
            wait_s = min(wait_s * 1.5, POLL_S_MAX)
        raise StackFailed(f"the stack did not settle within {OPERATION_S_MAX} s", where=self.stack_id, exit_code=1)

    def _status(self) -> str:
        try:
            stacks = self.account.call("cloudformation", "DescribeStacks", {"StackName": self.stack_id})["Stacks"]
        except AwsError as error:
            if "does not exist" in error.message:
                return "DELETE_COMPLETE"
            raise UserError(str(error), where=self.stack_id, exit_code=1) from error
        return str(stacks[0]["StackStatus"])

    def _events(self) -> list[dict[str, Any]]:
        """Events that are new, the newest first. Pages end where one is known."""
        found: list[dict[str, Any]] = []
        try:
            for page in self.account.pages("DescribeStackEvents", {"StackName": self.stack_id}):
                fresh = [one for one in page.get("StackEvents", []) if one["EventId"] not in self._seen]
                found += fresh
                if len(fresh) < len(page.get("StackEvents", [])):
                    break
        except AwsError as error:
            if "does not exist" not in error.message:
                raise UserError(str(error), where=self.stack_id, exit_code=1) from error
        return found

    def _news(self) -> list[Progress]:
        news = []
        for event in reversed(self._events()):
            self._seen.add(event["EventId"])
            kind, reason = event.get("ResourceType", ""), event.get("ResourceStatusReason", "") or ""
            progress = Progress(event["LogicalResourceId"], kind, event["ResourceStatus"], reason)
            news.append(progress)
            is_whole = event.get("PhysicalResourceId") == event.get("StackId")
            if is_whole:
                self._last = progress.status
            if progress.status.endswith("_FAILED"):
                (self._whole_failures if is_whole else self._failures).append(progress)
            elif is_whole and progress.status.endswith("ROLLBACK_IN_PROGRESS"):
                self._whole_failures.append(progress)
        return news

    def _failure(self, status: str) -> StackFailed:
        name = self.stack_id.split("/")[1] if "/" in self.stack_id else self.stack_id
        causes = [one for one in self._failures if CANCELLED not in one.reason]
        if not causes:
            whole = next((one.reason for one in self._whole_failures if one.reason), f"the stack ended as {status}")
            return StackFailed(whole, where=name, todo=_aftermath(name, status, ()), exit_code=1)
        first, *others = causes
        what = f"{first.resource} ({first.kind}): {first.reason or first.status}"
        where = self.places.get(first.resource, name)
        return StackFailed(what, where=where, todo=_aftermath(name, status, others), exit_code=1)


def _aftermath(name: str, status: str, others: Sequence[Progress]) -> str:
    """What the user has now, and what else went wrong."""
    also = [f"Also: {one.resource}: {one.reason or one.status}" for one in others]
    match status:
        case "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
            now = f"The stack {name} is {status}: nothing of this deployment is kept."
        case "UPDATE_ROLLBACK_FAILED":
            now = f"The stack {name} could not go back. Mend it with 'aws cloudformation continue-update-rollback'."
        case "DELETE_FAILED":
            now = f"The stack {name} is {status}: what could be deleted is. Remove what holds the rest, and try again."
        case _:
            now = f"The stack {name} is {status}."
    return "\n  ".join((now, *also))
