"""Who makes resources of a type, and how. Every ``Custom::<name>`` is a custom resource.

Types that nobody makes and that can have no effect here have stand-ins, as have those that are skipped;
``rules.deployable`` says which stacks may have them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
"""

import re
from collections.abc import Callable

from stratolite.core.resource_types import ResourceType
from stratolite.core.service import Service
from stratolite.services.cloudformation import skipped, stand_ins
from stratolite.services.world import World

CUSTOM = "AWS::CloudFormation::CustomResource"
_OWN = Service("cloudformation", model="cloudformation")
"""Who makes stand-ins."""
Find = Callable[[str], tuple[Service, ResourceType] | None]
_NAMED = re.compile(r"Custom::[A-Za-z0-9_@-]{1,60}")


def kind_of(world: World, name: str) -> tuple[Service, ResourceType] | None:
    """The service that makes resources of a type, and how; None for a type that nobody here makes."""
    return kind_among(world.resource_types, name)


def kind_among(find: Find, name: str) -> tuple[Service, ResourceType] | None:
    """The same, where there is no world; ``find`` knows the types that services make."""
    found = find(CUSTOM if is_custom(name) else name)
    if found is None:
        stand_in = skipped.kind_of(name) or stand_ins.kind_of(name)
        return None if stand_in is None else (_OWN, stand_in)
    return found


def is_custom(name: str) -> bool:
    """Whether resources of a type are made by whom their ServiceToken names."""
    return name == CUSTOM or _NAMED.fullmatch(name) is not None
