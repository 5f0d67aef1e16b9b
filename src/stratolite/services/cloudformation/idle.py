"""Properties that can have no effect on one machine, of resources that are made here.

As with stand-ins (``stand_ins.py``), ``stratolite up`` alone lets them pass, and tells them each time: it leaves them
out of the template. Everybody else's stacks are refused that have one, by name.
"""

from collections.abc import Mapping
from typing import Any

TIERS = "objects stay in the class that they are in, however rarely they are read"
COPIES = "there is one machine, and no other region to keep a copy in"
REPORTS = "nobody here reports about the objects of a bucket"
NETWORK = "caches are reached over this machine's own network"
COVER = "what is written here is not looked through or covered up"
KEYS = "what is kept here is not encrypted, and no key is asked for"

SHIFTED = "CodeDeployLambdaAliasUpdate"
AT_ONCE = "an alias moves to its next version at once"

PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "AWS::S3::Bucket": {
        "IntelligentTieringConfigurations": TIERS,
        "ReplicationConfiguration": COPIES,
        "LoggingConfiguration": REPORTS,
        "AnalyticsConfigurations": REPORTS,
        "InventoryConfigurations": REPORTS,
        "MetricsConfigurations": REPORTS,
    },
    "AWS::SecretsManager::Secret": {"ReplicaRegions": COPIES},
    "AWS::Scheduler::Schedule": {"KmsKeyArn": KEYS},
    "AWS::Logs::LogGroup": {"DataProtectionPolicy": COVER, "FieldIndexPolicies": "logs are searched without indexes"},
    "AWS::SNS::Topic": {
        "DataProtectionPolicy": COVER,
        "DeliveryStatusLogging": "deliveries are traced here without logs of their own",
    },
    "AWS::ApiGateway::RestApi": {"SecurityPolicy": "APIs are asked without TLS here"},
    "AWS::ElastiCache::CacheCluster": {"NetworkType": NETWORK, "IpDiscovery": NETWORK},
    "AWS::ElastiCache::ReplicationGroup": {"NetworkType": NETWORK, "IpDiscovery": NETWORK},
    "AWS::ElastiCache::ServerlessCache": {"NetworkType": NETWORK},
}
"""Why a property of a type does nothing here."""


def spared(template: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A template without such properties, and what people have to be told of them."""
    resources: dict[str, Any] = {}
    found: dict[str, list[str]] = {}
    for name, resource in template.get("Resources", {}).items():
        resources[name] = resource
        if isinstance(resource, dict) and SHIFTED in (resource.get("UpdatePolicy") or {}):
            found.setdefault(AT_ONCE, []).append(f"{name}.UpdatePolicy")
            resource = resources[name] = {key: value for key, value in resource.items() if key != "UpdatePolicy"}
        known = PROPERTIES.get(resource.get("Type", "") if isinstance(resource, dict) else "", {})
        properties = resource.get("Properties") if known else None
        if not isinstance(properties, dict) or not known.keys() & properties.keys():
            continue
        for each in properties:
            if each in known:
                found.setdefault(known[each], []).append(f"{name}.{each}")
        kept = {each: value for each, value in properties.items() if each not in known}
        resources[name] = {**resource, "Properties": kept}
    told = tuple(f"no local effect: {', '.join(names)} ({reason})" for reason, names in found.items())
    return {**template, "Resources": resources}, told
