"""Names and logical ids, character by character those of Serverless Framework 3: templates in the field refer to them.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-resources (the table of names) and the templates
that the framework writes.
"""

import re

from stratolite.templates.serverless.lodash import camel_case, start_case, upper_first

ROLE = "IamRoleLambdaExecution"
DEPLOYMENT_BUCKET = "ServerlessDeploymentBucket"
DEPLOYMENT_BUCKET_POLICY = "ServerlessDeploymentBucketPolicy"
REST_API = "ApiGatewayRestApi"
API_LOG_GROUP = "ApiGatewayLogGroup"

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
_PARAMETER = re.compile(r"\{(.*)\}")


def normalized(name: str) -> str:
    """A key of the file as a part of logical ids: ``my-fn_x`` is ``MyDashfnUnderscorex``."""
    return upper_first(name.replace("-", "Dash").replace("_", "Underscore"))


def alphanumeric(name: str) -> str:
    """A resource's name as a part of logical ids: only letters and digits stay."""
    return upper_first(_NOT_ALPHANUMERIC.sub("", name))


def lambda_function(key: str) -> str:
    return f"{normalized(key)}LambdaFunction"


def log_group(key: str) -> str:
    return f"{normalized(key)}LogGroup"


def log_group_name(function_name: str) -> str:
    return f"/aws/lambda/{function_name}"


def lambda_version(key: str, digest: str) -> str:
    """``digest`` is base 64: the letters and digits of it stay."""
    return f"{normalized(key)}LambdaVersion{_NOT_ALPHANUMERIC.sub('', digest)}"


def version_output(key: str) -> str:
    return f"{lambda_function(key)}QualifiedArn"


def provisioned_alias(key: str) -> str:
    return f"{normalized(key)}ProvConcLambdaAlias"


def snap_start_alias(key: str) -> str:
    return f"{normalized(key)}SnapStartLambdaAlias"


def function_url(key: str) -> str:
    """Both the resource and the output."""
    return f"{normalized(key)}LambdaFunctionUrl"


def function_url_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionFnUrl"


def event_invoke_config(key: str) -> str:
    return f"{normalized(key)}LambdaEvConf"


def layer(key: str) -> str:
    return f"{normalized(key)}LambdaLayer"


def layer_permission(key: str, account: str) -> str:
    return f"{normalized(key)}{account.replace('*', 'Wild', 1)}LambdaLayerPermission"


# REST APIs -----------------------------------------------------------------------------------------------


def path_name(path: str) -> str:
    """A path as a part of logical ids: ``users/{id}/up-load`` is ``UsersIdVarUpDashload``."""
    return "".join(_path_part(part) for part in path.split("/"))


def _path_part(part: str) -> str:
    capitalized = part[:1].upper() + part[1:].lower()
    named = _PARAMETER.sub(r"\1Var", capitalized.replace("-", "Dash"))
    return upper_first(_NOT_ALPHANUMERIC.sub("", named))


def api_resource(path: str) -> str:
    return f"ApiGatewayResource{path_name(path)}"


def api_method(path: str, method: str) -> str:
    return f"ApiGatewayMethod{path_name(path)}{upper_first(method.lower())}"


def api_deployment(stamp: str) -> str:
    return f"ApiGatewayDeployment{stamp}"


def api_permission(key: str) -> str:
    """Also of an authorizer, by its name."""
    return f"{normalized(key)}LambdaPermissionApiGateway"


def api_authorizer(name: str) -> str:
    return f"{normalized(name)}ApiGatewayAuthorizer"


def request_validator(service: str) -> str:
    return f"ApiGateway{alphanumeric(service)}RequestValidator"


def api_model(schema_id: str) -> str:
    return f"ApiGateway{upper_first(camel_case(schema_id))}Model"


def method_model(path: str, method: str, content_type: str) -> str:
    return f"{api_method(path, method)}{start_case(content_type)}Model"


def api_key(number: int, plan: str = "") -> str:
    return f"ApiGatewayApiKey{upper_first(plan)}{number}"


def usage_plan(name: str = "") -> str:
    return f"ApiGatewayUsagePlan{upper_first(name)}"


def usage_plan_key(number: int, plan: str = "") -> str:
    return f"ApiGatewayUsagePlanKey{upper_first(plan)}{number}"


# HTTP APIs -----------------------------------------------------------------------------------------------

HTTP_API = "HttpApi"
HTTP_API_STAGE = "HttpApiStage"
HTTP_API_LOG_GROUP = "HttpApiLogGroup"


def http_api_route(key: str) -> str:
    """``GET /users/{id}`` is ``HttpApiRouteGetUsersIdVar``."""
    return "HttpApiRouteDefault" if key == "*" else f"HttpApiRoute{path_name(key)}"


def http_api_integration(key: str) -> str:
    return f"HttpApiIntegration{normalized(key)}"


def http_api_authorizer(name: str) -> str:
    return f"HttpApiAuthorizer{normalized(name)}"


def http_api_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionHttpApi"


def http_api_authorizer_permission(name: str) -> str:
    return f"{normalized(name)}LambdaAuthorizerPermissionHttpApi"


# WebSocket APIs ------------------------------------------------------------------------------------------

WEBSOCKET_API = "WebsocketsApi"
WEBSOCKET_STAGE = "WebsocketsDeploymentStage"
WEBSOCKET_LOG_GROUP = "WebsocketsLogGroup"
_SIGNS = {"$": "S", "/": "Slash", "-": "Dash", "_": "Underscore", ".": "Period"}


def websocket_route(route: str) -> str:
    """``$connect`` is ``SconnectWebsocketsRoute``."""
    return f"{''.join(_SIGNS.get(sign, sign) for sign in route)}WebsocketsRoute"


def websocket_route_response(route: str) -> str:
    return f"{websocket_route(route)}Response"


def websocket_integration(key: str) -> str:
    return f"{normalized(key)}WebsocketsIntegration"


def websocket_permission(key: str) -> str:
    """Also of an authorizer, by its name."""
    return f"{normalized(key)}LambdaPermissionWebsockets"


def websocket_authorizer(name: str) -> str:
    return f"{normalized(name)}WebsocketsAuthorizer"


def websocket_deployment(digest: str) -> str:
    """``digest`` is base 64: the letters and digits of it stay."""
    return f"WebsocketsDeployment{_NOT_ALPHANUMERIC.sub('', digest)}"


# SNS -----------------------------------------------------------------------------------------------------


def topic(name: str) -> str:
    return f"SNSTopic{alphanumeric(name)}"


def topic_subscription(key: str, topic_name: str) -> str:
    return f"{normalized(key)}SnsSubscription{alphanumeric(topic_name)}"


def topic_permission(key: str, topic_name: str) -> str:
    return f"{normalized(key)}LambdaPermission{alphanumeric(topic_name)}SNS"


def topic_dead_letter_policy(key: str, topic_name: str) -> str:
    return f"{alphanumeric(topic_name)}To{normalized(key)}DLQPolicy"


# Event source mappings -----------------------------------------------------------------------------------


def queue_mapping(key: str, queue_name: str) -> str:
    return f"{normalized(key)}EventSourceMappingSQS{alphanumeric(queue_name)}"


def stream_mapping(key: str, kind: str, stream_name: str) -> str:
    return f"{normalized(key)}EventSourceMapping{upper_first(kind)}{alphanumeric(stream_name)}"


def stream_consumer(consumer_name: str) -> str:
    return f"{normalized(consumer_name)}StreamConsumer"


def kafka_mapping(key: str, topic_name: str) -> str:
    return f"{normalized(key)}EventSourceMappingKafka{alphanumeric(topic_name)[:158]}"


def msk_mapping(key: str, cluster: str, topic_name: str) -> str:
    return f"{normalized(key)}EventSourceMappingMSK{alphanumeric(cluster)[:79]}{alphanumeric(topic_name)[:79]}"


def broker_mapping(key: str, kind: str, queue_name: str) -> str:
    """``kind`` is ``ActiveMQ`` or ``RabbitMQ``."""
    return f"{normalized(key)}EventSourceMapping{kind}{alphanumeric(queue_name)[:150]}"


# S3 ------------------------------------------------------------------------------------------------------


def bucket(name: str) -> str:
    return f"S3Bucket{alphanumeric(name)}"


def bucket_permission(key: str, bucket_name: str) -> str:
    return f"{normalized(key)}LambdaPermission{alphanumeric(bucket_name)}S3"


def existing_bucket(key: str) -> str:
    """The custom resource with which a function hears of a bucket that exists; one for all its events."""
    return f"{normalized(key)}CustomS31"


# User pools ----------------------------------------------------------------------------------------------


def user_pool(name: str) -> str:
    return f"CognitoUserPool{alphanumeric(name)}"


def user_pool_permission(key: str, pool: str, trigger: str) -> str:
    return f"{normalized(key)}LambdaPermissionCognitoUserPool{alphanumeric(pool)}TriggerSource{alphanumeric(trigger)}"


def existing_user_pool(key: str) -> str:
    """The custom resource with which a pool that exists calls a function; one for all its triggers."""
    return f"{normalized(key)}CustomCognitoUserPool1"


# Load balancers, skills, devices -------------------------------------------------------------------------


def target_group(key: str, balancer: str, *, many_values: bool) -> str:
    """``balancer``: the id of the load balancer, or the logical id of its listener."""
    return f"{normalized(key)}Alb{'MultiValue' if many_values else ''}TargetGroup{balancer}"


def listener_rule(key: str, priority: str) -> str:
    return f"{normalized(key)}AlbListenerRule{priority}"


def balancer_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionAlb"


def target_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionRegisterTarget"


def skill_permission(key: str, kind: str, number: int) -> str:
    """``kind`` is ``AlexaSkill`` or ``AlexaSmartHome``."""
    return f"{normalized(key)}LambdaPermission{kind}{number}"


def topic_rule(key: str, number: int) -> str:
    return f"{normalized(key)}IotTopicRule{number}"


def topic_rule_permission(key: str, number: int) -> str:
    return f"{normalized(key)}LambdaPermissionIotTopicRule{number}"


def provisioning_template(key: str) -> str:
    return f"{normalized(key)}IotProvisioningTemplate"


def provisioning_template_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionIotProvisioningTemplate"


# CloudFront ----------------------------------------------------------------------------------------------

DISTRIBUTION = "CloudFrontDistribution"
DISTRIBUTION_DOMAIN_NAME = "CloudFrontDistributionDomainName"


def cache_policy(name: str) -> str:
    return f"CloudFrontCachePolicy{normalized(name)}"


def edge_permission(key: str) -> str:
    return f"{lambda_function(key)}InvokePermission"


# Rules and schedules -------------------------------------------------------------------------------------


def schedule_target(key: str) -> str:
    return f"{key}Schedule"


def schedule_rule(key: str, number: int) -> str:
    return f"{normalized(key)}EventsRuleSchedule{number}"


def schedule_permission(key: str, number: int) -> str:
    return f"{normalized(key)}LambdaPermissionEventsRuleSchedule{number}"


def scheduler_schedule(key: str, number: int) -> str:
    return f"{normalized(key)}SchedulerSchedule{number}"


def event_bus(name: str) -> str:
    return f"{normalized(name)}EventBridgeEventBus"


def event_rule(rule_name: str) -> str:
    return f"{alphanumeric(rule_name)}EventBridgeRule"


def event_permission(key: str, number: int) -> str:
    return f"{normalized(key)}EventBridgeLambdaPermission{number}"


def custom_event_rule(key: str, number: int) -> str:
    """The custom resource that makes a rule."""
    return f"{normalized(key)}CustomEventBridge{number}"


def cloudwatch_event_target(key: str) -> str:
    return f"{key}CloudWatchEvent"


def cloudwatch_event_rule(key: str, number: int) -> str:
    return f"{normalized(key)}EventsRuleCloudWatchEvent{number}"


def cloudwatch_event_permission(key: str, number: int) -> str:
    return f"{normalized(key)}LambdaPermissionEventsRuleCloudWatchEvent{number}"


# Log groups ----------------------------------------------------------------------------------------------


def log_subscription(key: str, number: int) -> str:
    return f"{normalized(key)}LogsSubscriptionFilterCloudWatchLog{number}"


def log_permission(key: str) -> str:
    return f"{normalized(key)}LambdaPermissionLogsSubscriptionFilterCloudWatchLog"
