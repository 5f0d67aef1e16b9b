"""Finding the bus, rule or archive that a request names, with AWS's errors."""

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.events import Events, api
from stratolite.services.events.domain import DEFAULT, Bus, Rule


def bus_arn(call: Call, name: str) -> str:
    """The ARN of a bus that is named by name or ARN; the default bus when it is not named."""
    return name if name.startswith("arn:") else call.arn("events", f"event-bus/{name or DEFAULT}")


def find_bus(call: Call, events: Events, name: str) -> Bus | None:
    """A bus by name or ARN. The default bus is always there: its row is made when it is first asked for."""
    arn = bus_arn(call, name)
    bus = events.store.bus(arn)
    if bus is None and arn.endswith(f":event-bus/{DEFAULT}"):
        parsed = Arn.parse(arn)
        bus = Bus(arn, parsed.account, parsed.region, DEFAULT, "", {}, (), {}, call.now_ms, call.now_ms)
        events.store.put_bus(bus)
        bus = events.store.bus(arn)
    return bus


def require_bus(call: Call, events: Events, name: str) -> Bus:
    """Raises ResourceNotFoundException (``test_describe_delete_not_existing_event_bus``)."""
    bus = find_bus(call, events, name)
    if bus is None:
        shown = name.rpartition("event-bus/")[2] if name.startswith("arn:") else name
        raise api.ResourceNotFoundException(f"Event bus {shown} does not exist.")
    return bus


def rule_arn(bus: Bus, name: str) -> str:
    """The ARN of a rule: rules of the default bus do not name it."""
    resource = name if bus.name == DEFAULT else f"{bus.name}/{name}"
    return bus.arn.rpartition("event-bus/")[0] + f"rule/{resource}"


def require_rule(call: Call, events: Events, name: str, bus_name: str) -> Rule:
    """Raises ResourceNotFoundException (``test_describe_nonexistent_rule``)."""
    bus = require_bus(call, events, bus_name)
    rule = events.store.rule(rule_arn(bus, name))
    if rule is None:
        raise api.ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus.name}.")
    return rule


def rule_of_arn(call: Call, events: Events, arn: str) -> Rule:
    """The rule of an ARN (``tests_tag_list_untag_not_existing_resource``)."""
    bus_name, _, name = arn.partition(":rule/")[2].rpartition("/")
    prefix = arn.partition(":rule/")[0]
    return require_rule(call, events, name, f"{prefix}:event-bus/{bus_name or DEFAULT}")
