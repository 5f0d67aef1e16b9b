"""What resources look like that are not made: their ids, names and attributes.

A form is what a value looks like: ``vpc-{hex}``. Its fields are those of ``Fields`` and the resource's own properties.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stratolite.core.arn import partition_of
from stratolite.core.resource_types import Work

Form = str | tuple[str, ...]
"""How a value is written; of several parts, for a list."""
NAME_LENGTH_MAX = 255
_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Looks:
    """What resources of one type look like. ``ref``: empty where it is made of the schema's identifier."""

    reason: str
    attributes: Mapping[str, Form] = field(default_factory=dict)
    ref: str = ""


def ids(reason: str, prefixes: Mapping[str, str], name: str = "Id") -> dict[str, Looks]:
    """Types that have an id of one form alone: ``AWS::EC2::FlowLog`` with ``fl-{hex}``."""
    return {kind: Looks(reason, {name: form}) for kind, form in prefixes.items()}


class Fields(dict[str, str]):
    """What a form can be filled with. A property that is not given has a generated name in its place."""

    def __init__(self, work: Work) -> None:
        properties = {name: value for name, value in work.properties.items() if isinstance(value, str)}
        self._seed = f"{work.stack_id} {work.generated_name(NAME_LENGTH_MAX, 'any')}"
        digest = self._digest("")
        number = int(digest, 16)
        super().__init__(
            properties,
            account=work.call.account,
            region=work.call.region,
            partition=partition_of(work.call.region),
            now=datetime.fromtimestamp(work.call.now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            generated=work.generated_name(NAME_LENGTH_MAX, "any"),
            hex=digest[:17],
            canonical=self._digest("canonical"),
            uuid="-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])),
            client=_base_36(number, 26),
            lower=_base_36(number, 13),
            upper=_base_36(number, 13).upper(),
            zone=_base_36(number, 20).upper(),
            octet=str(number % 254 + 1),
            scope="global" if properties.get("Scope") == "CLOUDFRONT" else "regional",
            attachment="VGW" if "VpnGatewayId" in properties else "IGW",
        )

    def __missing__(self, name: str) -> str:
        return self["generated"]

    def filled(self, form: Form, name: str) -> str | list[str]:
        """The value of an attribute. ``{own}`` is different for each attribute of a resource."""
        if not isinstance(form, str):
            return [str(self.filled(part, name)) for part in form]
        self["own"] = self._digest(name)[:17]
        return form.format_map(self)

    def _digest(self, name: str) -> str:
        """64 hexadecimal digits of identity, the same whenever they are asked for."""
        return hashlib.sha256(f"{self._seed} {name}".encode()).hexdigest()


def _base_36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(_BASE_36[digit])
    return "".join(digits)
