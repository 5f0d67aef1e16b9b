"""Resource types of API Gateway in a running cloud: templates of Serverless Framework are made, changed and deleted."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import ACCOUNT, GOLDEN, REGION, RunningCloud

from stratolite.core.call import Call
from stratolite.core.resource_types import Made, Work
from stratolite.services.apigateway.cfn import RESOURCE_TYPES

TYPES = {kind.name: kind for kind in RESOURCE_TYPES}
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


class Stack:
    """Executes resources in order, as CloudFormation does: each in a transaction, references resolved."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.made: dict[str, Made] = {}
        self.properties: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, str] = {}

    def work(self, name: str, properties: dict[str, Any], previous: dict[str, Any] | None = None) -> Work:
        call = Call(account=ACCOUNT, region=REGION, now_ms=self.cloud.clock.now_ms())

        def operate(operation: str, request: Mapping[str, Any], *, region: str = "") -> dict[str, Any]:
            assert not region, "API Gateway reaches into no other region"
            return self.cloud.cloud.operations.run(call, "apigateway", operation, request)

        return Work(
            call=call,
            operate=operate,
            logical_id=name,
            stack_name="s",
            stack_id="arn",
            properties=properties,
            previous=previous or {},
            physical_id=self.made[name].physical_id if name in self.made else "",
            generated_name=lambda length_max, alphabet: f"s-{name}-ABC"[:length_max],
        )

    def run(self, step: Any) -> Any:
        return self.cloud.run(self.cloud.cloud.world.database.transact(step))

    def create(self, name: str, kind: str, properties: Any) -> Made:
        resolved = self.resolve(properties)
        TYPES[kind].refuse(properties)
        assert set(resolved) <= TYPES[kind].implemented | set(TYPES[kind].accepted), name
        work = self.work(name, resolved)
        self.made[name] = self.run(lambda: TYPES[kind].create(work))
        self.properties[name], self.kinds[name] = resolved, kind
        return self.made[name]

    def update(self, name: str, properties: Any) -> Made:
        resolved = self.resolve(properties)
        work = self.work(name, resolved, self.properties[name])
        self.made[name] = self.run(lambda: TYPES[self.kinds[name]].update(work))
        self.properties[name] = resolved
        return self.made[name]

    def delete(self, name: str) -> None:
        work = self.work(name, self.properties[name])
        self.run(lambda: TYPES[self.kinds[name]].delete(work))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            made = self.made.get(value["Ref"])
            return (made.ref or made.physical_id) if made else value["Ref"].replace("AWS::", "")
        if "Fn::GetAtt" in value:
            name, attribute = value["Fn::GetAtt"]
            return self.made[name].attributes[attribute] if name in self.made else FUNCTION
        if "Fn::Join" in value:
            return value["Fn::Join"][0].join(self.resolve(value["Fn::Join"][1])).replace("Partition", "aws")
        return {key: self.resolve(each) for key, each in value.items()}

    def create_all(self, resources: dict[str, Any]) -> None:
        """In an order in which references and DependsOn are satisfied."""
        waiting = dict(resources)
        while waiting:
            ready = [name for name, each in waiting.items() if not (_needs(each) & set(waiting) - {name})]
            assert ready
            for name in ready:
                each = waiting.pop(name)
                self.create(name, each["Type"], each["Properties"])


def _needs(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for each in value for name in _needs(each)}
    if not isinstance(value, dict):
        return set()
    found = {value["Ref"]} if "Ref" in value else set()
    found |= {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
    depends = value.get("DependsOn", [])
    found |= {depends} if isinstance(depends, str) else set(depends)
    return found.union(*(_needs(each) for each in value.values()))


def golden(case: str) -> dict[str, Any]:
    file = GOLDEN / case / "golden.json"
    if not file.exists():
        pytest.skip("the compiled templates of Serverless Framework are not beside this checkout")
    resources = json.loads(file.read_text())["Resources"]
    return {name: each for name, each in resources.items() if each["Type"].startswith("AWS::ApiGateway::")}


@pytest.fixture
def stack(cloud: RunningCloud) -> Stack:
    return Stack(cloud)


def test_a_proxy_api_with_cors(cloud: RunningCloud, stack: Stack) -> None:
    """Case 01: methods, preflight, a validator and the deployment; an update changes what it says; nothing remains."""
    client = cloud.client("apigateway")
    stack.create_all(golden("01-http-basic-cors"))
    api_id = stack.made["ApiGatewayRestApi"].physical_id
    assert stack.made["ApiGatewayRestApi"].attributes["RootResourceId"] != api_id
    paths = {
        each["path"]: set(each.get("resourceMethods", {})) for each in client.get_resources(restApiId=api_id)["items"]
    }
    assert paths == {
        "/": {"GET"},
        "/users": {"GET", "POST", "OPTIONS"},
        "/users/{id}": {"GET", "OPTIONS"},
        "/{proxy+}": {"ANY", "OPTIONS"},
    }
    deployment = next(name for name in stack.made if name.startswith("ApiGatewayDeployment"))
    stage = client.get_stage(restApiId=api_id, stageName="dev")
    assert stage["deploymentId"] == stack.made[deployment].physical_id
    # Serverless Framework names each deployment anew: the new one takes the stage, then the old one goes.
    stack.create("Next", "AWS::ApiGateway::Deployment", {"RestApiId": {"Ref": "ApiGatewayRestApi"}, "StageName": "dev"})
    stack.delete(deployment)
    assert client.get_stage(restApiId=api_id, stageName="dev")["deploymentId"] == stack.made["Next"].physical_id
    changed = dict(stack.properties["ApiGatewayMethodUsersGet"], ApiKeyRequired=True)
    stack.update("ApiGatewayMethodUsersGet", changed)
    users = stack.made["ApiGatewayResourceUsers"].physical_id
    method = client.get_method(restApiId=api_id, resourceId=users, httpMethod="GET")
    assert method["apiKeyRequired"] is True
    assert FUNCTION in method["methodIntegration"]["uri"]
    api = dict(stack.properties["ApiGatewayRestApi"], Name="renamed", BinaryMediaTypes=["image/png"])
    stack.update("ApiGatewayRestApi", api)
    described = client.get_rest_api(restApiId=api_id)
    assert (described["name"], described["binaryMediaTypes"]) == ("renamed", ["image/png"])
    for name in reversed(list(stack.made)):
        stack.delete(name)
        stack.delete(name)
    assert api_id not in [each["id"] for each in client.get_rest_apis()["items"]]


def test_keys_plans_and_models(cloud: RunningCloud, stack: Stack) -> None:
    """Case 03."""
    client = cloud.client("apigateway")
    stack.create_all(golden("03-http-private-apikeys-usageplan-schemas"))
    plan = client.get_usage_plan(usagePlanId=stack.made["ApiGatewayUsagePlan"].physical_id)
    assert plan["quota"] == {"limit": 5000, "offset": 2, "period": "MONTH"}
    assert plan["throttle"] == {"burstLimit": 200, "rateLimit": 100.0}
    keys = client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
    assert {key["name"] for key in keys} == {"myFirstKey", "dev-named", "valued"}
    properties = dict(stack.properties["ApiGatewayUsagePlan"], Quota={"Limit": 7, "Period": "DAY"}, ApiStages=[])
    stack.update("ApiGatewayUsagePlan", properties)
    plan = client.get_usage_plan(usagePlanId=plan["id"])
    assert plan["quota"] == {"limit": 7, "offset": 0, "period": "DAY"}
    assert plan["apiStages"] == []
    stack.update("ApiGatewayApiKey1", dict(stack.properties["ApiGatewayApiKey1"], Enabled=False, StageKeys=[]))
    key = client.get_api_key(apiKey=stack.made["ApiGatewayApiKey1"].physical_id)
    assert (key["enabled"], key["stageKeys"]) == (False, [])
    for name in reversed(list(stack.made)):
        stack.delete(name)


def test_stage_settings(cloud: RunningCloud, stack: Stack) -> None:
    """A stage of its own, as Serverless Framework (with logs) and SAM write it."""
    client = cloud.client("apigateway")
    stack.create("Api", "AWS::ApiGateway::RestApi", {"Name": "a"})
    reference, root = {"Ref": "Api"}, {"Fn::GetAtt": ["Api", "RootResourceId"]}
    method = {"RestApiId": reference, "ResourceId": root, "HttpMethod": "GET", "AuthorizationType": "NONE"}
    stack.create("Method", "AWS::ApiGateway::Method", {**method, "Integration": {"Type": "MOCK"}})
    stack.create("Deployment", "AWS::ApiGateway::Deployment", {"RestApiId": reference})
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:access"
    settings: dict[str, Any] = {
        "RestApiId": reference,
        "DeploymentId": {"Ref": "Deployment"},
        "StageName": "v1",
        "Variables": {"a": "1", "b": "2"},
        "Tags": [{"Key": "k", "Value": "v"}],
        "AccessLogSetting": {"DestinationArn": group, "Format": "$context.status $context.path $context.nothing"},
        "MethodSettings": [
            {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO", "DataTraceEnabled": True},
            {"ResourcePath": "/users/{id}", "HttpMethod": "GET", "ThrottlingBurstLimit": 7},
        ],
    }
    stack.create("Stage", "AWS::ApiGateway::Stage", settings)
    where = {"restApiId": stack.made["Api"].physical_id, "stageName": "v1"}
    stage = client.get_stage(**where)
    assert stage["variables"] == {"a": "1", "b": "2"}
    assert stage["methodSettings"]["users/{id}/GET"]["throttlingBurstLimit"] == 7
    assert stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    changed = {**settings, "Variables": {"b": "3"}, "Tags": [], "MethodSettings": settings["MethodSettings"][:1]}
    stack.update("Stage", changed)
    stage = client.get_stage(**where)
    assert (stage["variables"], stage.get("tags")) == ({"b": "3"}, {})
    assert list(stage["methodSettings"]) == ["*/*"]


def test_the_canary_of_a_stage(cloud: RunningCloud, stack: Stack) -> None:
    """CanarySetting of AWS::ApiGateway::Stage: made, changed and taken away."""
    test_stage_settings(cloud, stack)
    stack.create("Next", "AWS::ApiGateway::Deployment", {"RestApiId": {"Ref": "Api"}})
    canary = {"DeploymentId": {"Ref": "Next"}, "PercentTraffic": 5, "StageVariableOverrides": {"b": "4"}}
    before = stack.properties["Stage"]
    client, where = cloud.client("apigateway"), {"restApiId": stack.made["Api"].physical_id, "stageName": "v1"}
    stack.update("Stage", {**before, "CanarySetting": canary})
    wanted = {"deploymentId": stack.made["Next"].physical_id, "percentTraffic": 5.0, "useStageCache": False}
    assert client.get_stage(**where)["canarySettings"] == {**wanted, "stageVariableOverrides": {"b": "4"}}
    stack.update("Stage", {**before, "CanarySetting": {"DeploymentId": {"Ref": "Next"}, "PercentTraffic": 7}})
    assert client.get_stage(**where)["canarySettings"] == {**wanted, "percentTraffic": 7.0}
    stack.update("Stage", before)
    assert "canarySettings" not in client.get_stage(**where)


def test_the_limits_of_methods_in_a_plan(cloud: RunningCloud, stack: Stack) -> None:
    """Throttle of an entry of ApiStages: made, changed and taken away."""
    test_stage_settings(cloud, stack)
    client, api_id = cloud.client("apigateway"), stack.made["Api"].physical_id

    def plan(**limits: Any) -> dict[str, Any]:
        return {"ApiStages": [{"ApiId": api_id, "Stage": "v1", "Throttle": limits}]}

    def shown() -> Any:
        return client.get_usage_plan(usagePlanId=stack.made["Plan"].physical_id)["apiStages"][0].get("throttle")

    stack.create("Plan", "AWS::ApiGateway::UsagePlan", plan(**{"/a/GET": {"BurstLimit": 3, "RateLimit": 2}}))
    assert shown() == {"/a/GET": {"burstLimit": 3, "rateLimit": 2.0}}
    stack.update("Plan", plan(**{"/a/GET": {"BurstLimit": 4, "RateLimit": 2}, "/GET": {"RateLimit": 1}}))
    assert shown() == {"/a/GET": {"burstLimit": 4, "rateLimit": 2.0}, "/GET": {"burstLimit": 0, "rateLimit": 1.0}}
    stack.update("Plan", {"ApiStages": [{"ApiId": api_id, "Stage": "v1"}]})
    assert shown() is None


def test_the_cache_of_a_stage(cloud: RunningCloud, stack: Stack) -> None:
    """CacheClusterEnabled and CacheClusterSize of AWS::ApiGateway::Stage, with how methods are cached."""
    test_stage_settings(cloud, stack)
    before = stack.properties["Stage"]
    client, where = cloud.client("apigateway"), {"restApiId": stack.made["Api"].physical_id, "stageName": "v1"}
    cached = {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True, "CacheTtlInSeconds": 9}
    cluster = {"CacheClusterEnabled": True, "CacheClusterSize": "1.6"}
    stack.update("Stage", {**before, **cluster, "MethodSettings": [cached]})
    stage = client.get_stage(**where)
    assert (stage["cacheClusterStatus"], stage["cacheClusterSize"]) == ("AVAILABLE", "1.6")
    assert stage["methodSettings"]["*/*"]["cacheTtlInSeconds"] == 9
    stack.update("Stage", before)
    assert client.get_stage(**where)["cacheClusterStatus"] == "NOT_AVAILABLE"


def test_logs_of_a_stage(cloud: RunningCloud, stack: Stack) -> None:
    """The access log has the format's line; the execution log follows the request from start to status."""
    import urllib.error
    import urllib.request

    test_stage_settings(cloud, stack)
    api_id = stack.made["Api"].physical_id
    url = f"{cloud.app_endpoint}/_aws/execute-api/{api_id}/v1/"
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(url)
    raised.value.close()
    logs = cloud.client("logs")
    lines = [each["message"] for each in logs.filter_log_events(logGroupName="access")["events"]]
    assert "500 /v1/ -" in lines
    group = f"API-Gateway-Execution-Logs_{api_id}/v1"
    lines = [each["message"] for each in logs.filter_log_events(logGroupName=group)["events"]]
    assert any("HTTP Method: GET, Resource Path: /" in line for line in lines)
    assert any(line.endswith("Method completed with status: 500") for line in lines)
