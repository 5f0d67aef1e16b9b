"""Stages: names of versions. Each is on one version at a time; who loses AWSCURRENT gets AWSPREVIOUS.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version and the recorded
answers of ``secretsmanager/test_secretsmanager.json``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stratolite.services.secretsmanager.domain import CURRENT, PENDING, PREVIOUS, Version


def staged(versions: Sequence[Version], wanted: str, stages: Iterable[str]) -> list[Version]:
    """The versions after one of them, by its id, was given stages; all of them, in their order."""
    moved = set(stages)
    before = next((one.id for one in versions if CURRENT in one.stages), "")
    is_superseded = CURRENT in moved and before not in ("", wanted)
    if is_superseded:
        moved.add(PREVIOUS)
    result = []
    for one in versions:
        kept = set(one.stages) - moved
        if one.id == wanted:
            kept |= moved - {PREVIOUS} if is_superseded else moved
        if is_superseded and one.id == before:
            # What was current is no longer on its way there. Recorded:
            # test_update_secret_version_stages_current_pending.
            kept = (kept | {PREVIOUS}) - {PENDING}
        result.append(replace(one, stages=frozenset(kept)))
    return result


def unstaged(versions: Sequence[Version], version_id: str, stage: str) -> list[Version]:
    """The versions after one of them has lost a stage."""
    return [replace(one, stages=one.stages - {stage}) if one.id == version_id else one for one in versions]
