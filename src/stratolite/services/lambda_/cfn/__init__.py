"""CloudFormation's view of Lambda: functions with their versions, aliases, permissions, sources, URLs, and layers.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from stratolite.services.lambda_.cfn import functions, invocations, layers, permissions, sources, urls, versions

RESOURCE_TYPES = (
    *functions.RESOURCE_TYPES,
    *versions.RESOURCE_TYPES,
    *permissions.RESOURCE_TYPES,
    *invocations.RESOURCE_TYPES,
    *sources.RESOURCE_TYPES,
    *urls.RESOURCE_TYPES,
    *layers.RESOURCE_TYPES,
)
