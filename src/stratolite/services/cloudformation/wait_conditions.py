"""``AWS::CloudFormation::WaitCondition`` and its handle: a deployment rests until enough signals have come.

A handle is an address to which anybody puts signals, also before there is a condition that waits for them; it keeps
them. A condition is pending until its handle has enough, one of them says FAILURE, or the time is over.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from stratolite.core.errors import ValidationError
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.surface import SIGNAL_PREFIX

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

CONDITION = "AWS::CloudFormation::WaitCondition"
HANDLE = "AWS::CloudFormation::WaitConditionHandle"
TIMEOUT_S_MAX = 43_200
SIGNALS_MAX = 1000
SIGNAL_BYTES_MAX = 4096
NAME_LENGTH_MAX = 255
SIGNALS = "signals"


def signals_of(resources: Mapping[str, Resource], condition: Resource) -> dict[str, Any]:
    """What has been sent to a condition's handle, by the ids of the signals. Raises ValidationError."""
    address = condition.properties.get("Handle")
    handle = next((one for one in resources.values() if one.physical_id == address and one.type == HANDLE), None)
    if handle is None:
        raise ValidationError(f"The Handle of {condition.logical_id} is no WaitConditionHandle of the same stack.")
    found: dict[str, Any] = handle.attributes.get(SIGNALS, {})
    return found


def receive(cloudformation: "Cloudformation", path: str, text: str) -> tuple[str, str]:
    """Keep a signal; (problem, id of the stack that may wait for it). Only the first one of an id counts."""
    stack_id, _, rest = unquote(path).rpartition("/")[0].rpartition("/")
    handle = cloudformation.store.resources(stack_id).get(rest)
    if (
        handle is None
        or handle.type != HANDLE
        or not unquote(handle.physical_id).endswith(f"{SIGNAL_PREFIX}{unquote(path)}")
    ):
        return "AccessDenied", ""
    signal = _read(text)
    if signal is None:
        return "InvalidSignal", ""
    kept = handle.attributes.get(SIGNALS, {})
    if signal["UniqueId"] not in kept and len(kept) < SIGNALS_MAX:
        signals = {**kept, signal["UniqueId"]: signal}
        cloudformation.store.put_resource(stack_id, replace(handle, attributes={**handle.attributes, SIGNALS: signals}))
    return "", stack_id


def _read(text: str) -> dict[str, str] | None:
    if len(text.encode("utf-8", "surrogatepass")) > SIGNAL_BYTES_MAX:
        return None
    try:
        signal = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(signal, dict) or signal.get("Status") not in ("SUCCESS", "FAILURE"):
        return None
    if not isinstance(signal.get("UniqueId"), str) or not signal["UniqueId"]:
        return None
    return {name: str(signal.get(name, "")) for name in ("Status", "UniqueId", "Data", "Reason")}


# The resource types ----------------------------------------------------------------------------------------------


def _make_handle(work: Work) -> Made:
    secret = work.generated_name(NAME_LENGTH_MAX, "any")
    return Made(f"{work.call.endpoint}{SIGNAL_PREFIX}{quote(work.stack_id, safe='')}/{work.logical_id}/{secret}")


def _make_condition(work: Work) -> Made:
    """It is called by its stack and its handle, as on AWS."""
    for name in ("Handle", "Timeout"):
        if name not in work.properties:
            raise ValidationError(f"WaitCondition {work.logical_id} needs a {name} where it has no CreationPolicy.")
    timeout = str(work.properties["Timeout"])
    if not timeout.isascii() or not timeout.isdecimal() or not int(timeout) <= TIMEOUT_S_MAX:
        raise ValidationError(f"Timeout of WaitCondition {work.logical_id} is no number from 0 to {TIMEOUT_S_MAX}.")
    handle = str(work.properties["Handle"]).rpartition("/")[0].rpartition("/")[2]
    return Made(f"{work.stack_id}/{handle}", {"Due": work.call.now_ms + int(timeout) * 1000}, is_pending=True)


def _look(work: Work) -> Made:
    signals, count = work.answer.get(SIGNALS, {}), int(work.properties.get("Count", 1))
    failed = next((one for one in signals.values() if one["Status"] == "FAILURE"), None)
    if failed is not None:
        said = f"WaitCondition received failed message: '{failed['Reason']}' for uniqueId: {failed['UniqueId']}"
        return Made(work.physical_id, problem=said)
    if len(signals) >= count:
        data = {name: one["Data"] for name, one in signals.items()}
        return Made(work.physical_id, {"Data": json.dumps(data, separators=(",", ":"))})
    if work.call.now_ms >= work.attributes["Due"]:
        said = f"WaitCondition timed out. Received {len(signals)} conditions when expecting {count}"
        return Made(work.physical_id, problem=said)
    return Made(work.physical_id, work.attributes, is_pending=True)


def _refuse_update(work: Work) -> Made:
    """A condition stays as it is. A rollback that changes nothing is none."""
    if work.properties == work.previous:
        return Made(work.physical_id, work.attributes)
    raise ValidationError(f"Update to resource type {CONDITION} is not supported ({work.logical_id}).")


RESOURCE_TYPES = (
    ResourceType(HANDLE, frozenset(), create=_make_handle, update=_make_handle, delete=lambda work: None),
    ResourceType(
        CONDITION,
        implemented=frozenset({"Count", "Handle", "Timeout"}),
        create=_make_condition,
        update=_refuse_update,
        delete=lambda work: None,
        look=_look,
        is_told=True,
    ),
)
