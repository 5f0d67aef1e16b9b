"""Stages, compiled on first use and kept until a row changes that they may rest on (``Apigatewayv2.forget``)."""

from collections.abc import Callable
from typing import TypeVar

from stratolite.services.apigatewayv2.store import Store

T = TypeVar("T")
STAGES_KEPT_MAX = 256
"""How many compiled stages of a kind are kept in memory; at the limit all are dropped and compiled again on use."""

Stages = dict[tuple[str, str], T]
"""By API id and name."""


def kept_stage(
    stages: Stages[T], compiled: Callable[[Store, str, str], T | None], store: Store, api_id: str, name: str
) -> T | None:
    """The stage of one API; None when it has none of the name."""
    stage = stages.get((api_id, name))
    if stage is None:
        stage = compiled(store, api_id, name)
        if stage is None:
            return None
        if len(stages) >= STAGES_KEPT_MAX:
            stages.clear()
        stages[api_id, name] = stage
    return stage
