"""Counting executions: what is reserved and provisioned is never exceeded, and nothing that is left is refused.

Texts and sums: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stratolite.services.lambda_ import api
from stratolite.services.lambda_.concurrency import (
    OF_ACCOUNT,
    OF_FUNCTION,
    Account,
    Concurrency,
    Provided,
    Share,
    divided,
)
from stratolite.services.lambda_.domain import FunctionName

FUNCTIONS = st.sampled_from("abc")
VERSIONS = st.integers(1, 2)
ACCOUNT_MAX = 12


def reason(share: Share) -> str:
    with pytest.raises(api.TooManyRequestsException) as refused:
        share.enter()
    assert refused.value.message == "Rate Exceeded."
    return str(refused.value.fields["Reason"])


def test_a_reservation_is_a_limit() -> None:
    share = Share(Account(), reserved=2)
    share.enter()
    share.enter()
    assert reason(share) == OF_FUNCTION
    share.leave()
    share.enter()


def test_nothing_runs_of_what_has_zero() -> None:
    assert reason(Share(Account(), reserved=0)) == OF_FUNCTION


def test_functions_without_reservation_share_what_is_left() -> None:
    account = Account(unreserved=2)
    one, other, reserved = Share(account), Share(account), Share(account, reserved=1)
    one.enter()
    other.enter()
    assert reason(one) == OF_ACCOUNT
    reserved.enter()
    other.leave()
    one.enter()


def test_what_is_provisioned_is_kept_for_its_version() -> None:
    share = Share(Account(), reserved=3)
    share.have_ready(1, 2)
    share.enter()
    assert reason(share) == OF_FUNCTION
    first, second = share.enter_provided(1), share.enter_provided(1)
    assert first is second is share.provided[1]
    assert share.enter_provided(1) is None
    assert share.enter_provided(2) is None
    assert first is not None
    share.leave_provided(first)
    assert share.enter_provided(1) is first


def test_what_began_before_counts_against_what_became_ready_after() -> None:
    share = Share(Account(), reserved=1)
    share.enter()
    share.have_ready(1, 1)
    assert share.enter_provided(1) is None
    share.leave()
    assert share.enter_provided(1) is not None


def test_a_new_reservation_takes_along_what_runs() -> None:
    account = Account(unreserved=10)
    share = Share(account)
    share.enter()
    share.have_ready(1, 2)
    assert (account.on_demand, account.provisioned) == (1, 2)
    share.reserve(3)
    assert (account.on_demand, account.provisioned) == (0, 0)
    share.leave()
    share.reserve(None)
    assert (account.on_demand, account.provisioned) == (0, 2)


@given(st.integers(1, 1000), st.floats(0, 1))
def test_weights_divide_without_rest(requested: int, weight: float) -> None:
    shares = divided(requested, "1", {"2": weight})
    assert sum(shares.values()) == requested
    assert abs(shares.get("2", 0) - requested * weight) <= 0.5 + 1e-6
    assert all(count > 0 for count in shares.values())


def test_shares_are_forgotten_when_nothing_runs() -> None:
    name = FunctionName("1" * 12, "us-east-1", "f")
    concurrency = Concurrency(lambda account, region: 100)
    share = concurrency.share(name, None)
    assert share.account.unreserved == 900
    share.enter()
    concurrency.refresh(name, 5)
    assert concurrency.share(name, 5) is share
    share.leave()
    concurrency.refresh(name, None)
    assert concurrency.share(name, None) is not share


class Executions(RuleBasedStateMachine):
    """Three functions of one account that begin and end executions while everything about them changes."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: dict[str, int | None] = dict.fromkeys("abc")
        self.concurrency = Concurrency(lambda account, region: sum(one or 0 for one in self.reserved.values()))
        self.on_demand: list[Share] = []
        self.in_provided: list[tuple[Share, Provided]] = []

    def share(self, function: str) -> Share:
        name = FunctionName("1" * 12, "us-east-1", function)
        share = self.concurrency.share(name, self.reserved[function])
        # A small account shows its limit sooner.
        share.account.unreserved = ACCOUNT_MAX - sum(one or 0 for one in self.reserved.values())
        return share

    def running(self, share: Share) -> int:
        return sum(one is share for one in self.on_demand) + sum(one is share for one, _ in self.in_provided)

    def unreserved_running(self) -> int:
        shares = [*self.on_demand, *(share for share, _ in self.in_provided)]
        return sum(share.reserved is None for share in shares)

    @rule(function=FUNCTIONS, number=VERSIONS)
    def begin(self, function: str, number: int) -> None:
        share = self.share(function)
        limit = share.account.unreserved if share.reserved is None else share.reserved
        before = self.unreserved_running() if share.reserved is None else self.running(share)
        provided = share.enter_provided(number)
        if provided is not None:
            self.in_provided.append((share, provided))
            assert provided.running <= provided.ready
        else:
            try:
                share.enter()
            except api.TooManyRequestsException:
                own = share.account if share.reserved is None else share
                assert before >= limit or own.on_demand >= limit - own.provisioned
                return
            self.on_demand.append(share)
        assert before < limit

    @rule(place=st.integers(0, 100))
    def end(self, place: int) -> None:
        if self.on_demand:
            self.on_demand.pop(place % len(self.on_demand)).leave()

    @rule(place=st.integers(0, 100))
    def end_provided(self, place: int) -> None:
        if self.in_provided:
            share, provided = self.in_provided.pop(place % len(self.in_provided))
            share.leave_provided(provided)

    @rule(function=FUNCTIONS, reserved=st.none() | st.integers(0, 4))
    def reserve(self, function: str, reserved: int | None) -> None:
        self.share(function)
        self.reserved[function] = reserved
        self.concurrency.refresh(FunctionName("1" * 12, "us-east-1", function), reserved)
        self.share(function)

    @rule(function=FUNCTIONS, number=VERSIONS, ready=st.integers(0, 3))
    def have_ready(self, function: str, number: int, ready: int) -> None:
        self.share(function).have_ready(number, ready)

    @invariant()
    def counts_are_those_of_what_runs(self) -> None:
        shares = [self.share(function) for function in "abc"]
        for share in shares:
            assert share.on_demand == sum(one is share for one in self.on_demand)
            assert share.in_provisioned == sum(one is share for one, _ in self.in_provided)
            assert share.provisioned == sum(provided.ready for provided in share.provided.values())
        sharing = [share for share in shares if share.reserved is None]
        account = shares[0].account
        assert account.on_demand == sum(share.on_demand for share in sharing)
        assert account.in_provisioned == sum(share.in_provisioned for share in sharing)
        assert account.provisioned == sum(share.provisioned for share in sharing)


TestExecutions = Executions.TestCase
TestExecutions.settings = settings(max_examples=60, stateful_step_count=40)
