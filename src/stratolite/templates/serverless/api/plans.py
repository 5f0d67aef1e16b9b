"""API keys and usage plans: one plan for all keys, or plans with keys of their own."""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.lodash import present


def make_plans(work: Compilation, deployment: str) -> None:
    """Keys, plans, and which key belongs to which plan. Raises UserError for keys of a plan that is not there."""
    settings = work.service.section("apiGateway")
    keys, plans = settings.get("apiKeys"), settings.get("usagePlan")
    if not truthy(keys) and not truthy(plans):
        return
    named = {name: plan for each in plans for name, plan in each.items()} if isinstance(plans, list) else {}
    if isinstance(plans, list):
        for each in plans:
            for name in list(each)[:1]:
                _make_plan(work, deployment, name, each[name])
    else:
        _make_plan(work, deployment, "", plans)
    number = 0
    for index, key in enumerate(keys or ()):
        plan = next(iter(key), "") if isinstance(key, dict) else ""
        if isinstance(key, dict) and plan in named and isinstance(key[plan], list):
            number = 0
            for each in key[plan]:
                number += 1
                _make_key(work, deployment, each, number, plan)
            continue
        if isinstance(key, dict) and isinstance(key.get(plan), dict | list):
            at = work.service.mark("provider", "apiGateway", "apiKeys", index)
            raise refusal(f"the API keys {plan!r} have no usage plan", at, f"Add {plan!r} to 'usagePlan', as a list.")
        number += 1
        _make_key(work, deployment, key, number, "")


def _make_plan(work: Compilation, deployment: str, name: str, plan: Any) -> None:
    service = work.service
    settings: dict[str, Any] = plan if isinstance(plan, dict) else {}
    quota, throttle = settings.get("quota"), settings.get("throttle")
    label = f' "{name}"' if name else ""
    properties: dict[str, Any] = {
        "ApiStages": [{"ApiId": rest_api_id(service), "Stage": service.stage}],
        "Description": f"Usage plan{label} for {service.name} {service.stage} stage",
        "UsagePlanName": "-".join(part for part in (service.name, name, service.stage) if part),
    }
    if quota:
        members = {"Limit": quota.get("limit"), "Offset": quota.get("offset"), "Period": quota.get("period")}
        properties["Quota"] = present(members)
    if throttle:
        properties["Throttle"] = present(
            {"BurstLimit": throttle.get("burstLimit"), "RateLimit": throttle.get("rateLimit")}
        )
    work.merge(naming.usage_plan(name), "AWS::ApiGateway::UsagePlan", properties, depends_on=deployment)


def _make_key(work: Compilation, deployment: str, key: Any, number: int, plan: str) -> None:
    service = work.service
    settings: dict[str, Any] = key if isinstance(key, dict) else {"name": key}
    enabled = settings.get("enabled")
    logical_id = naming.api_key(number, plan)
    properties = {
        "Enabled": True if enabled is None else enabled,
        "Name": settings.get("name"),
        "Value": settings.get("value") or None,
        "Description": settings.get("description"),
        "CustomerId": settings.get("customerId"),
        "StageKeys": [{"RestApiId": rest_api_id(service), "StageName": service.stage}],
    }
    work.merge(logical_id, "AWS::ApiGateway::ApiKey", properties, depends_on=deployment)
    member = {
        "KeyId": {"Ref": logical_id},
        "KeyType": "API_KEY",
        "UsagePlanId": {"Ref": naming.usage_plan(plan)},
    }
    work.merge(naming.usage_plan_key(number, plan), "AWS::ApiGateway::UsagePlanKey", member)
