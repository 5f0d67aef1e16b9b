"""What a file falls back to where a variable is not set, and what is no id: ``layers: ['${env:LAYER, "layer"}']``.

AWS refuses such ids of layers, security groups and subnets; where the file is only run, stand-ins are taken.
"""

import re
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.warning import Kind
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.variables.stand_in import text_for

_FUNCTION = "AWS::Lambda::Function"
_IDS = {
    "SecurityGroupIds": ("sg", re.compile("sg-[0-9a-zA-Z]*")),
    "SubnetIds": ("subnet", re.compile("subnet-[0-9a-z]*")),
}
_STAND_IN = "{}-" + "0" * 17
"""Of what a VPC has: there is none here."""


def settle_placeholders(work: Compilation, template: dict[str, Any]) -> None:
    """Put stand-ins in place of texts that cannot be ids, and tell of them once."""
    if not work.is_lenient:
        return
    told: dict[str, None] = {}
    for resource in template["Resources"].values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if not isinstance(properties, dict) or resource.get("Type") != _FUNCTION:
            continue
        if isinstance(properties.get("Layers"), list):
            layers = properties["Layers"]
            properties["Layers"] = [_layer(work, one) if _is_no_arn(one) else one for one in layers]
            told |= dict.fromkeys(one for one in layers if _is_no_arn(one))
        given = properties.get("VpcConfig")
        network: dict[str, Any] = given if isinstance(given, dict) else {}
        for name, (kind, pattern) in _IDS.items():
            ids = _listed(network.get(name))
            wrong = [one for one in ids if isinstance(one, str) and not pattern.fullmatch(one)]
            if wrong:
                network[name] = [_STAND_IN.format(kind) if one in wrong else one for one in ids]
                told |= dict.fromkeys(wrong)
    if told:
        what = "these are no ids of layers, security groups or subnets, stand-ins are taken: " + ", ".join(told)
        work.warn_locally(what, kind=Kind.ABSENT, about="variables")


def _is_no_arn(layer: Any) -> bool:
    return isinstance(layer, str) and not layer.startswith("arn:")


def _layer(work: Compilation, text: str) -> str:
    place = work.service.region, work.account
    return str(Arn("lambda", *place, f"layer:{text_for(text)}:1", partition_of(work.service.region)))


def _listed(value: Any) -> list[Any]:
    """A list of ids, also one that is split of a text; empty for what only the stack knows."""
    split = value.get("Fn::Split") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(split, list) and len(split) == 2 and all(isinstance(one, str) for one in split):
        return [str(one) for one in split[1].split(split[0])]
    return value if isinstance(value, list) else []
