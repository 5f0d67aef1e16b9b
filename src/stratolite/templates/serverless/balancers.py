"""Rules of load balancers: the settings of an event ``alb`` in one form, and the resources that they become."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import Map
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import ALB, settings_of
from stratolite.templates.serverless.lodash import items, present, upper_first
from stratolite.templates.serverless.service import Function

TARGET_GROUP_NAME_LENGTH_MAX = 32
_LISTENER = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:.+:listener/app/[\w-]+/([\w-]+)/([\w-]+)")
_HEALTH = {
    "HealthCheckPath": ("path", "/"),
    "HealthCheckIntervalSeconds": ("intervalSeconds", 35),
    "HealthCheckTimeoutSeconds": ("timeoutSeconds", 30),
    "HealthyThresholdCount": ("healthyThresholdCount", 5),
    "UnhealthyThresholdCount": ("unhealthyThresholdCount", 5),
}
"""How a target group's health is checked: the names in the file, and what is taken where they are not set."""
_CONDITIONS = (
    ("path", "path-pattern", None),
    ("host", "host-header", "HostHeaderConfig"),
    ("method", "http-request-method", "HttpRequestMethodConfig"),
)
_OIDC = ("authorizationEndpoint", "clientId", "issuer", "tokenEndpoint", "userInfoEndpoint")
_COGNITO = ("userPoolArn", "userPoolClientId", "userPoolDomain")
_SESSION = ("scope", "sessionCookieName", "sessionTimeout")


@dataclass(frozen=True)
class Rule:
    """One event. ``balancer`` is the load balancer's id, ``listener`` its listener's; both the logical id of one that
    the file names by it."""

    event: Event
    balancer: str
    listener: str
    priority: Any
    authorizers: tuple[Map, ...]

    @property
    def function(self) -> Function:
        return self.event.function

    @property
    def settings(self) -> Map:
        settings = self.event.settings
        assert isinstance(settings, Map)
        return settings

    @property
    def takes_many_values(self) -> bool:
        return truthy(self.settings.get("multiValueHeaders"))

    @property
    def target_group(self) -> str:
        """The logical id of its target group."""
        return naming.target_group(self.function.key, self.balancer, many_values=self.takes_many_values)


def read_rule(work: Compilation, event: Event) -> Rule:
    """What an event says. Raises UserError for what no load balancer could do."""
    settings = settings_of(event, "alb", ALB, "listenerArn", "priority", "conditions")
    if not settings["conditions"]:
        raise refusal("the event 'alb' has no conditions", event.mark("conditions"), "Set one, as in 'path: /users'.")
    if truthy(settings.get("targetGroupName")) and truthy(work.service.setting("alb", "targetGroupPrefix")):
        what = "the event 'alb' has 'targetGroupName' beside the provider's 'alb.targetGroupPrefix'"
        raise refusal(what, event.mark("targetGroupName"), "Keep one of them.")
    balancer, listener = _listener(event)
    return Rule(event, balancer, listener, settings["priority"], tuple(_authorizers(work, event)))


def _listener(event: Event) -> tuple[str, str]:
    arn = event.settings["listenerArn"]
    if isinstance(arn, dict) and isinstance(arn.get("Ref"), str):
        return arn["Ref"], arn["Ref"]
    match = _LISTENER.fullmatch(arn) if isinstance(arn, str) else None
    if match is None:
        todo = "Write the whole ARN, 'arn:aws:elasticloadbalancing:...:listener/app/...', or its Ref."
        raise refusal("not the ARN of a load balancer's listener", event.mark("listenerArn"), todo)
    return match[1], match[2]


def _authorizers(work: Compilation, event: Event) -> list[Map]:
    given = event.settings.get("authorizer")
    if not truthy(given):
        return []
    known = work.service.setting("alb", "authorizers")
    found = []
    for name in given if isinstance(given, list) else [given]:
        settings = known.get(name) if isinstance(known, Map) else None
        if not isinstance(settings, Map):
            todo = "Describe it under provider.alb.authorizers."
            raise refusal(f"there is no authorizer {name!r} of load balancers", event.mark("authorizer"), todo)
        found.append(settings)
    return found


def make_resources(work: Compilation, rules: Sequence[Rule]) -> None:
    """Target groups, then rules, then permissions."""
    for rule in rules:
        _make_target_group(work, rule)
    for rule in rules:
        properties = {
            "Actions": _actions(rule),
            "Conditions": _conditions(rule.settings["conditions"]),
            "ListenerArn": rule.settings["listenerArn"],
            "Priority": rule.priority,
        }
        name = naming.listener_rule(rule.function.key, text_of(rule.priority))
        work.put(name, "AWS::ElasticLoadBalancingV2::ListenerRule", properties)
    for rule in rules:
        _permit(work, rule)


def _make_target_group(work: Compilation, rule: Rule) -> None:
    service, function = work.service, rule.function
    tag = f"{service.name}-{function.key}-{rule.balancer}"
    unique = f"{tag}-{'multi-value-' if rule.takes_many_values else ''}{service.stage}"
    digest = hashlib.md5(unique.encode(), usedforsecurity=False).hexdigest()
    generated = f"{service.setting('alb', 'targetGroupPrefix') or ''}{digest}"[:TARGET_GROUP_NAME_LENGTH_MAX]
    properties = {
        "TargetType": "lambda",
        "Targets": [{"Id": function.target}],
        "Name": rule.settings.get("targetGroupName") or generated,
        "Tags": [{"Key": "Name", "Value": f"{tag}-{service.stage}"}],
        "TargetGroupAttributes": [{"Key": "lambda.multi_value_headers.enabled", "Value": rule.takes_many_values}],
        **_health(rule.settings.get("healthCheck")),
    }
    waits = [naming.target_permission(function.key), *([function.depends_on] if function.depends_on else [])]
    work.put(rule.target_group, "AWS::ElasticLoadBalancingV2::TargetGroup", properties, depends_on=waits)


def _health(wanted: Any) -> dict[str, Any]:
    if not truthy(wanted):
        return {"HealthCheckEnabled": False}
    given = wanted if isinstance(wanted, dict) else {}
    properties = {
        name: default if given.get(setting) is None else given[setting] for name, (setting, default) in _HEALTH.items()
    }
    code = given["matcher"].get("httpCode") if truthy(given.get("matcher")) else None
    return {"HealthCheckEnabled": True, **properties, "Matcher": {"HttpCode": code or "200"}}


def _actions(rule: Rule) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = []
    for order, settings in enumerate(rule.authorizers, 1):
        is_cognito = settings.get("type") == "cognito"
        config = {upper_first(name): settings.get(name) for name in (*(_COGNITO if is_cognito else _OIDC), *_SESSION)}
        config["OnUnauthenticatedRequest"] = settings.get("onUnauthenticatedRequest") or "deny"
        config["AuthenticationRequestExtraParams"] = settings.get("requestExtraParams")
        if not is_cognito:
            secret = settings.get("clientSecret")
            config |= {"ClientSecret": secret} if truthy(secret) else {"UseExistingClientSecret": True}
        kind = "Cognito" if is_cognito else "Oidc"
        action = {"Type": f"authenticate-{kind.lower()}", "Order": order, f"Authenticate{kind}Config": present(config)}
        actions.append(action)
    forward: dict[str, Any] = {"Type": "forward", "TargetGroupArn": {"Ref": rule.target_group}}
    return [*actions, {**forward, "Order": len(actions) + 1} if actions else forward]


def _conditions(given: Map) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = []
    for name, field, config in _CONDITIONS:
        if truthy(given.get(name)):
            values = {"Values": _listed(given[name])}
            conditions.append({"Field": field, **({config: values} if config else values)})
    for header in _listed(given["header"]) if truthy(given.get("header")) else []:
        named = {"HttpHeaderName": header.get("name"), "Values": header.get("values")}
        conditions.append({"Field": "http-header", "HttpHeaderConfig": named})
    if truthy(given.get("query")):
        pairs = [{"Key": key, "Value": value} for key, value in items(given["query"])]
        conditions.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    if truthy(given.get("ip")):
        conditions.append({"Field": "source-ip", "SourceIpConfig": {"Values": _listed(given["ip"])}})
    return conditions


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _permit(work: Compilation, rule: Rule) -> None:
    function = rule.function
    properties = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com",
    }
    waits = [function.depends_on] if function.depends_on else None
    name = naming.balancer_permission(function.key)
    allowed = {**properties, "SourceArn": {"Ref": rule.target_group}}
    work.merge(name, "AWS::Lambda::Permission", allowed, depends_on=waits)
    work.merge(naming.target_permission(function.key), "AWS::Lambda::Permission", properties, depends_on=waits)
