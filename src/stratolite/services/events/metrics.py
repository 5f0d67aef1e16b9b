"""What rules publish about themselves: the namespace ``AWS/Events``, by ``RuleName``, those of own buses by bus too.

Follows https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from typing import TYPE_CHECKING

from stratolite.core.arn import Arn
from stratolite.core.call import Call

if TYPE_CHECKING:
    from stratolite.services.events import Events

NAMESPACE = "AWS/Events"


def count(events: "Events", rule_arn: str, metric: str) -> None:
    """Count something of a rule."""
    arn = Arn.parse(rule_arn)
    bus, _, name = arn.resource.removeprefix("rule/").rpartition("/")
    sets = [{"RuleName": name}, {"RuleName": name, "EventBusName": bus}] if bus else [{"RuleName": name}]
    call = Call(account=arn.account, region=arn.region)
    events.world.ports.metric.shared(call, NAMESPACE, metric, sets, "Count").add(1.0)
