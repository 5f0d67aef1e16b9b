"""Settings of REST APIs that plugins have under names of their own, and the framework under ``provider.apiGateway``.

What is set there is made with the stack, rather than by calls after it. Sources, each by its own code:
https://github.com/maciejtreder/serverless-apigw-binary, https://github.com/ryanmurakami/serverless-apigwy-binary,
https://github.com/GFG/serverless-apigateway-plugin, https://github.com/evgenykireev/serverless-api-compression, https://github.com/rrahul963/serverless-add-api-key.
"""

from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.plugins.configuration import Configuration, written

_BINARY = {"apigwBinary": "types", "apigateway": "binaryTypes"}
"""Where media types that are bytes stand below ``custom``."""


def make_binary(configuration: Configuration) -> None:
    """Bodies of these media types are bytes, in requests and in responses."""
    for name, key in _BINARY.items():
        wanted = configuration.custom(name)
        types = wanted.get(key) if isinstance(wanted, Map) else None
        if not isinstance(types, List):
            continue
        api = configuration.section(configuration.provider, "apiGateway")
        known = api.get("binaryMediaTypes")
        kept = known if isinstance(known, List) else [known] if known is not None else []
        at = mark_of(wanted, key)
        api.put("binaryMediaTypes", written(list(dict.fromkeys([*kept, *types])), at), at)


def convert(configuration: Configuration) -> None:
    """serverless-apigwy-binary: ``contentHandling`` of an event is that of its response."""
    for _, function in configuration.functions:
        events = function.get("events")
        for event in events if isinstance(events, List) else ():
            route = event.get("http") if isinstance(event, Map) else None
            if isinstance(route, Map) and "contentHandling" in route:
                response = configuration.section(route, "response")
                response.put("contentHandling", route["contentHandling"], mark_of(route, "contentHandling"))


def warn_of_responses(configuration: Configuration) -> None:
    """serverless-apigateway-plugin also sets headers and bodies of the gateway's own responses: that is not done."""
    wanted = configuration.custom("apigateway")
    if isinstance(wanted, Map) and truthy(wanted.get("responses")):
        todo = "write AWS::ApiGateway::GatewayResponse under 'resources'"
        what = f"custom.apigateway.responses has no effect: {todo}"
        configuration.warn(what, mark_of(wanted, "responses"), Kind.NO_EFFECT)


def compress(configuration: Configuration) -> None:
    """serverless-api-compression: responses are compressed from this size on, from the first byte unless it is set."""
    found = configuration.document.get("custom")
    has = isinstance(found, Map) and "contentCompression" in found
    wanted = configuration.custom("contentCompression")
    if has and (wanted is None or wanted is False):
        return
    size = wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else 0
    api = configuration.section(configuration.provider, "apiGateway")
    api.put("minimumCompressionSize", size, configuration.custom_mark("contentCompression"))


def add_api_keys(configuration: Configuration) -> None:
    """serverless-add-api-key: the keys of this stage, each with a plan; here the stack makes keys and plans."""
    wanted = configuration.custom("apiKeys")
    rows = wanted.get(configuration.stage) if isinstance(wanted, Map) else wanted
    if not isinstance(rows, List) or not rows:
        return
    at = configuration.custom_mark("apiKeys")
    api = configuration.section(configuration.provider, "apiGateway")
    if truthy(api.get("apiKeys")) or isinstance(api.get("usagePlan"), list):
        what = "custom.apiKeys and provider.apiGateway.apiKeys cannot both be made"
        raise UserError(what, where=str(at), todo="Write all keys under provider.apiGateway.apiKeys.")
    shared = api.get("usagePlan") or configuration.provider.get("usagePlan")
    default: dict[str, Any] = shared if isinstance(shared, Map) else {}
    keys: list[Any] = []
    plans: dict[str, Any] = {}
    for index, row in enumerate(rows):
        key = row if isinstance(row, Map) else {"name": row}
        if isinstance(key.get("value"), Map):
            what = "an API key whose value is encrypted by KMS is not read"
            raise UserError(what, where=str(mark_of(rows, index)), todo="Write the value, or leave it out.")
        plan = key.get("usagePlan")
        own: dict[str, Any] = plan if isinstance(plan, Map) else {}
        settings = own if own.get("quota") or own.get("throttle") else default
        name = own.get("name") or default.get("name") or f"{key.get('name')}-usage-plan"
        made = {"name": key.get("name"), **({"value": key["value"]} if truthy(key.get("value")) else {})}
        if str(name) not in plans:
            plans[str(name)] = {part: settings[part] for part in ("quota", "throttle") if part in settings}
            keys.append({str(name): []})
        keys[list(plans).index(str(name))][str(name)].append(made)
    api.put("apiKeys", written(keys, at), at)
    api.put("usagePlan", written([{name: settings} for name, settings in plans.items()], at), at)
