"""Functions of CloudFormation that depend on the place of a deployment alone, and are known before there is a stack."""

import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.templates.serverless.compilation import Compilation

_NAME = re.compile(r"\$\{([A-Za-z0-9:]+)\}")


def pseudo_parameters(work: Compilation) -> dict[str, str]:
    """The pseudo parameters of the service's stack that are known."""
    return {
        "AWS::Partition": partition_of(work.service.region),
        "AWS::Region": work.service.region,
        "AWS::AccountId": work.account,
        "AWS::StackName": work.service.stack_name,
    }


def joined(value: Any, known: Mapping[str, str]) -> str | None:
    """What ``Fn::Join`` or ``Fn::Sub`` gives, or a text itself; None where that depends on what the stack makes.

    ``known``: pseudo parameters, and parameters whose values are.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if "Ref" in value:
        return known.get(value["Ref"]) if isinstance(value["Ref"], str) else None
    sub = value.get("Fn::Sub")
    if isinstance(sub, str):
        filled = _NAME.sub(lambda match: known.get(match[1], match[0]), sub)
        return None if "${" in filled else filled
    join = value.get("Fn::Join")
    if not isinstance(join, list) or not join or not isinstance(join[0], str) or not isinstance(join[-1], list):
        return None
    parts = [joined(part, known) for part in join[-1]]
    return None if None in parts else join[0].join(filter(None, parts))
