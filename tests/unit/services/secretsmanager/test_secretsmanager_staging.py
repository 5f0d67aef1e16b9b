"""Stages move between versions as recorded from AWS: ``secretsmanager/test_secretsmanager.json``."""

from stratolite.services.secretsmanager.domain import CURRENT, PENDING, PREVIOUS, Version
from stratolite.services.secretsmanager.staging import staged, unstaged


def version(name: str, *stages: str) -> Version:
    return Version(name, "text", None, 0, frozenset(stages))


def shown(versions: list[Version]) -> dict[str, list[str]]:
    return {one.id: one.shown_stages for one in versions}


def test_who_loses_the_current_stage_is_the_previous_one() -> None:
    versions = [version("1", PREVIOUS), version("2", CURRENT, "own"), version("3")]
    assert shown(staged(versions, "3", [CURRENT])) == {"1": [], "2": [PREVIOUS, "own"], "3": [CURRENT]}


def test_who_was_current_is_no_longer_pending() -> None:
    """test_update_secret_version_stages_current_pending"""
    versions = [version("1", PREVIOUS), version("2", CURRENT, PENDING), version("3")]
    assert shown(staged(versions, "3", [CURRENT])) == {"1": [], "2": [PREVIOUS], "3": [CURRENT]}
    assert shown(staged(versions, "3", [PENDING])) == {"1": [PREVIOUS], "2": [CURRENT], "3": [PENDING]}


def test_a_stage_is_taken_from_one_version() -> None:
    versions = [version("1", CURRENT, "own"), version("2", "other")]
    assert shown(unstaged(versions, "1", "own")) == {"1": [CURRENT], "2": ["other"]}
