"""CloudFormation's own types: resources that somebody outside makes, by what he answered; nested stacks; conditions.

What is sent and how it is answered stands in ``correspondence``; the others in ``nested`` and ``wait_conditions``.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudformation import nested, wait_conditions
from stratolite.services.cloudformation.kinds import CUSTOM

METADATA = "AWS::CDK::Metadata"
SERVICE_TIMEOUT_S_MAX = 3600


def _create(work: Work) -> Made:
    """A creation that failed has to be deleted all the same: its maker may have begun."""
    answer = work.answer
    physical_id = answer.get("physical_id") or work.physical_id
    return Made(
        physical_id,
        answer.get("data", {}),
        problem=answer.get("problem", ""),
        is_secret=bool(answer.get("is_secret")),
    )


def _update(work: Work) -> Made:
    _raise(work.answer)
    return _create(work)


def _delete(work: Work) -> None:
    _raise(work.answer)


def _raise(answer: Mapping[str, Any]) -> None:
    if answer.get("problem"):
        raise ValidationError(answer["problem"])


def _describe(work: Work) -> Made:
    """What the CDK says of itself: a name and nothing behind it, as on AWS."""
    physical_id = work.physical_id or work.generated_name(64, "any")
    return Made(physical_id, {"Id": physical_id})


def _refuse(properties: Mapping[str, Any]) -> None:
    timeout_s = properties.get("ServiceTimeout")
    if isinstance(timeout_s, int) and not 1 <= timeout_s <= SERVICE_TIMEOUT_S_MAX:
        bound = "greater or equal to 1" if timeout_s < 1 else f"less or equal to {SERVICE_TIMEOUT_S_MAX}"
        raise ValidationError(f"#/ServiceTimeout: {timeout_s} is not {bound}")


RESOURCE_TYPES = (
    ResourceType(
        CUSTOM,
        implemented=frozenset({"ServiceToken", "ServiceTimeout"}),
        create=_create,
        update=_update,
        delete=_delete,
        refuse=_refuse,
        is_asked=True,
    ),
    ResourceType(
        METADATA,
        implemented=frozenset(),
        accepted={
            "Analytics": "AWS counts by it what the CDK is used for; nothing depends on it.",
            "Modules": "AWS counts by it what the CDK is used for; nothing depends on it.",
        },
        create=_describe,
        update=_describe,
        delete=lambda work: None,
    ),
    nested.RESOURCE_TYPE,
    *wait_conditions.RESOURCE_TYPES,
)
