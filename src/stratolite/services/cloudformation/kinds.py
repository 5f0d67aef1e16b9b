"""Who makes resources of a type, and how. Every ``Custom::<name>`` is a custom resource.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
"""

import re

from stratolite.core.ports import ResourceType
from stratolite.core.service import Service
from stratolite.services.world import World

CUSTOM = "AWS::CloudFormation::CustomResource"
_NAMED = re.compile(r"Custom::[A-Za-z0-9_@-]{1,60}")


def kind_of(world: World, name: str) -> tuple[Service, ResourceType] | None:
    """The service that makes resources of a type, and how; None for a type that nobody here makes."""
    return world.resource_types(CUSTOM if is_custom(name) else name)


def is_custom(name: str) -> bool:
    """Whether resources of a type are made by whom their ServiceToken names."""
    return name == CUSTOM or _NAMED.fullmatch(name) is not None
