"""The resource types ``AWS::ApiGatewayV2::*`` of HTTP and WebSocket APIs, one module a noun.

Handlers call public operations alone.

Ref and attributes are AWS's: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

from stratolite.core.resource_types import ResourceType
from stratolite.services.apigatewayv2.cfn import apis, responses, routes, stages

RESOURCE_TYPES: tuple[ResourceType, ...] = (
    *apis.RESOURCE_TYPES,
    *responses.RESOURCE_TYPES,
    *routes.RESOURCE_TYPES,
    *stages.RESOURCE_TYPES,
)
