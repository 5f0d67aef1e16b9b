"""The resource types ``AWS::ApiGateway::*``, one module a noun of the API. Handlers call public operations alone.

Ref and attributes are AWS's: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from stratolite.core.resource_types import ResourceType
from stratolite.services.apigateway.cfn import apis, authorizers, documentation, methods, models, plans, stages

RESOURCE_TYPES: tuple[ResourceType, ...] = (
    *apis.RESOURCE_TYPES,
    *authorizers.RESOURCE_TYPES,
    *methods.RESOURCE_TYPES,
    *models.RESOURCE_TYPES,
    *documentation.RESOURCE_TYPES,
    *stages.RESOURCE_TYPES,
    *plans.RESOURCE_TYPES,
)
