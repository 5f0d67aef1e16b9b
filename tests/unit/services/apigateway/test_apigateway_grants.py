"""What authorizers answered is kept for its time, at most so many answers, each under its own key."""

from stratolite.core.clock import MovableClock
from stratolite.services.apigateway import grants
from stratolite.services.apigateway.grants import Grant, GrantKey, Grants

GRANT = Grant("ada", (), {})


def key(token: str = "t", *, stage: str = "dev", deployment: str = "d", authorizer: str = "a") -> GrantKey:
    return GrantKey("api", stage, deployment, authorizer, (token,))


def test_a_grant_ends_with_its_time() -> None:
    clock = MovableClock()
    kept = Grants(clock)
    kept.keep(key(), GRANT, 300)
    clock.advance(299.999)
    assert kept.get(key()) is GRANT
    clock.advance(0.001)
    assert kept.get(key()) is None
    assert len(kept) == 0


def test_each_stage_deployment_authorizer_and_caller_has_its_own() -> None:
    kept = Grants(MovableClock())
    kept.keep(key(), GRANT, 300)
    for other in (key("u"), key(stage="prod"), key(deployment="e"), key(authorizer="b")):
        assert kept.get(other) is None


def test_the_one_not_asked_for_longest_goes() -> None:
    kept = Grants(MovableClock())
    for number in range(grants.GRANTS_MAX):
        kept.keep(key(str(number)), GRANT, 300)
    assert kept.get(key("0")) is GRANT
    kept.keep(key("one more"), GRANT, 300)
    assert len(kept) == grants.GRANTS_MAX
    assert kept.get(key("1")) is None
    assert kept.get(key("0")) is GRANT


def test_a_stage_is_forgotten_alone() -> None:
    kept = Grants(MovableClock())
    for stage in ("dev", "prod"):
        kept.keep(key(stage=stage), GRANT, 300)
    kept.forget_stage("api", "dev")
    assert kept.get(key(stage="dev")) is None
    assert kept.get(key(stage="prod")) is GRANT
