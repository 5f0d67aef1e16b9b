"""CloudFormation's view of EventBridge: buses and their policies, rules, archives, connections, API destinations.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

from stratolite.services.events.cfn import archives, buses, connections, rules

RESOURCE_TYPES = (*buses.RESOURCE_TYPES, *rules.RESOURCE_TYPES, *archives.RESOURCE_TYPES, *connections.RESOURCE_TYPES)
