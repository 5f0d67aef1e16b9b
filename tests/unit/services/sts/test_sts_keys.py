"""Access keys hold their account; the checks of sessions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core import access_keys
from stratolite.core.entropy import SeededEntropy
from stratolite.core.errors import ValidationError
from stratolite.services.sts import api, rules


@given(st.integers(0, 10**12 - 1), st.integers(0, 1000))
def test_a_key_holds_its_account(number: int, seed: int) -> None:
    account = f"{number:012d}"
    key_id = access_keys.access_key_id(account, SeededEntropy(seed))
    assert len(key_id) == 20 and key_id.startswith("ASIA")
    assert access_keys.account_of(key_id) == account


@pytest.mark.parametrize("key_id", ["AKIAIOSFODNN7EXAMPLE", "ASIA_not_base_32_____", "ASIAQAAA"])
def test_a_key_of_another_form_holds_no_account(key_id: str) -> None:
    # AWS's own example key is older than the form that holds the account.
    assert access_keys.account_of(key_id) is None


def test_a_session_token_is_as_long_as_asked() -> None:
    assert len(access_keys.session_token(SeededEntropy(1), 4096)) >= 4096


def test_a_role_with_a_path() -> None:
    arn, name = rules.role("arn:aws:iam::123456789012:role/team/one/runner")
    assert (arn.account, name) == ("123456789012", "runner")


def test_what_is_no_role_is_refused() -> None:
    with pytest.raises(ValidationError, match="nothing-valid-in-here is invalid"):
        rules.role("nothing-valid-in-here")
    with pytest.raises(api.AccessDenied):
        rules.role("arn:aws:iam::123456789012:user/someone")


def test_a_chained_role_lasts_an_hour() -> None:
    rules.duration(3600, is_chained=True, role_duration_s_max=None)
    with pytest.raises(ValidationError, match="1 hour session limit"):
        rules.duration(3601, is_chained=True, role_duration_s_max=None)
    with pytest.raises(ValidationError, match="MaxSessionDuration"):
        rules.duration(7201, is_chained=False, role_duration_s_max=7200)
