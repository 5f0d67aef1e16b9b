"""How many executions may run at the same time: reserved by functions, provisioned for versions, shared by the others.

    the account's limit (1000)
      = what functions have reserved            each function's own, whether it uses it or not
      + what is provisioned for other functions
      + what is left, unreserved                shared by the executions of all functions that have reserved nothing

Of what a function has reserved, what is provisioned for its versions belongs to these; the rest is for everything else.
Mere counting: every execution passes here, and entering and leaving take half a microsecond.

Follows https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.rules import CONCURRENCY_MAX

if TYPE_CHECKING:
    from stratolite.engine.model import FunctionSpec

OF_FUNCTION = "ReservedFunctionConcurrentInvocationLimitExceeded"
OF_ACCOUNT = "ConcurrentInvocationLimitExceeded"


@dataclass(slots=True)
class Account:
    """An account in one region: the executions of its functions that have reserved nothing."""

    unreserved: int = CONCURRENCY_MAX
    """What is not reserved; of this, ``provisioned`` is kept for single versions."""
    provisioned: int = 0
    on_demand: int = 0
    """Executions under way in environments that were made for them."""
    in_provisioned: int = 0
    in_reserved: int = 0
    """Those of functions that have reserved theirs."""

    @property
    def running(self) -> int:
        return self.on_demand + self.in_provisioned


@dataclass(slots=True)
class Provided:
    """The environments that are ready for one version, whether they are at work or not."""

    ready: int = 0
    running: int = 0
    spec: "FunctionSpec | None" = None
    """What they run."""


@dataclass(slots=True)
class Share:
    """One function's executions: of what it has reserved, or of what its account shares."""

    account: Account
    reserved: int | None = None
    provisioned: int = 0
    on_demand: int = 0
    in_provisioned: int = 0
    provided: dict[int, Provided] = field(default_factory=dict)
    """By version."""

    @property
    def is_unused(self) -> bool:
        """Whether nothing runs, and nothing is ready to."""
        return not (self.on_demand or self.in_provisioned or self.provided)

    def enter(self) -> None:
        """Begin an execution on demand. Raises TooManyRequestsException when the limit is reached."""
        if self.reserved is None:
            account = self.account
            if (
                account.on_demand >= account.unreserved - account.provisioned
                or account.on_demand + account.in_provisioned >= account.unreserved
            ):
                raise throttled(OF_ACCOUNT)
            account.on_demand += 1
        elif (
            self.on_demand >= self.reserved - self.provisioned or self.on_demand + self.in_provisioned >= self.reserved
        ):
            raise throttled(OF_FUNCTION)
        else:
            self.account.in_reserved += 1
        self.on_demand += 1

    def leave(self) -> None:
        """An execution on demand has ended."""
        self.on_demand -= 1
        if self.reserved is None:
            self.account.on_demand -= 1
        else:
            self.account.in_reserved -= 1

    def enter_provided(self, number: int) -> Provided | None:
        """Begin an execution in one of the environments that are ready for a version; None when all are at work, or
        when executions that began before they were made still use up the limit."""
        provided = self.provided.get(number)
        if provided is None or provided.running >= provided.ready:
            return None
        if self.reserved is None:
            if self.account.running >= self.account.unreserved:
                return None
            self.account.in_provisioned += 1
        elif self.on_demand + self.in_provisioned >= self.reserved:
            return None
        else:
            self.account.in_reserved += 1
        self.in_provisioned += 1
        provided.running += 1
        return provided

    def leave_provided(self, provided: Provided) -> None:
        """An execution in a provided environment has ended."""
        provided.running -= 1
        self.in_provisioned -= 1
        if self.reserved is None:
            self.account.in_provisioned -= 1
        else:
            self.account.in_reserved -= 1

    def reserve(self, reserved: int | None) -> None:
        """What is reserved has changed; executions under way count from now on where new ones do."""
        if (self.reserved is None) != (reserved is None):
            sign = -1 if self.reserved is None else 1
            self.account.on_demand += sign * self.on_demand
            self.account.in_provisioned += sign * self.in_provisioned
            self.account.provisioned += sign * self.provisioned
            self.account.in_reserved -= sign * (self.on_demand + self.in_provisioned)
        self.reserved = reserved

    def have_ready(self, number: int, ready: int, spec: "FunctionSpec | None" = None) -> None:
        """So many environments are ready for a version from now on."""
        provided = self.provided.setdefault(number, Provided())
        more = ready - provided.ready
        self.provisioned += more
        if self.reserved is None:
            self.account.provisioned += more
        provided.ready, provided.spec = ready, spec
        if not ready:
            del self.provided[number]


class Concurrency:
    """The shares of every function, made when they are first asked for."""

    def __init__(self, reserved_of: Callable[[str, str], int]) -> None:
        """``reserved_of``: what the functions of an account and region have reserved, all in all."""
        self._reserved_of = reserved_of
        self._accounts: dict[tuple[str, str], Account] = {}
        self._shares: dict[FunctionName, Share] = {}

    def share(self, name: FunctionName, reserved: int | None) -> Share:
        """A function's share (its name without qualifier), with what it has reserved now."""
        share = self._shares.get(name)
        if share is None:
            share = self._shares[name] = Share(self._account(name.account, name.region))
        share.reserve(reserved)
        return share

    def refresh(self, name: FunctionName, reserved: int | None) -> None:
        """A function has changed, or is gone."""
        place = (name.account, name.region)
        if place in self._accounts:
            self._accounts[place].unreserved = CONCURRENCY_MAX - self._reserved_of(*place)
        share = self._shares.get(name)
        if share is not None:
            share.reserve(reserved)
            if share.is_unused:
                del self._shares[name]

    def _account(self, account: str, region: str) -> Account:
        known = self._accounts.get((account, region))
        if known is None:
            known = Account(CONCURRENCY_MAX - self._reserved_of(account, region))
            self._accounts[account, region] = known
        return known


def throttled(reason: str) -> api.TooManyRequestsException:
    return api.TooManyRequestsException("Rate Exceeded.", Reason=reason)


def divided(requested: int, version: str, weights: Mapping[str, float]) -> dict[str, int]:
    """How what is provisioned for an alias is divided among its versions: by weight, in whole environments."""
    shares = {label: int(requested * weight + 0.5) for label, weight in weights.items()}
    shares[version] = requested - sum(shares.values())
    return {label: count for label, count in shares.items() if count}
