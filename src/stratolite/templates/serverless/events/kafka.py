"""The event ``kafka``: topics of a cluster that is not Amazon's, whose records a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-kafka.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.brokers import (
    allow_network,
    allow_secrets,
    by_function,
    make_mapping,
    starting_position,
)
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import KAFKA, settings_of
from stratolite.templates.serverless.lodash import items

_NETWORK = {"vpcSubnet": ("VPC_SUBNET", "subnet:"), "vpcSecurityGroup": ("VPC_SECURITY_GROUP", "security_group:")}
_SECRETS = {
    "saslPlainAuth": "BASIC_AUTH",
    "saslScram256Auth": "SASL_SCRAM_256_AUTH",
    "saslScram512Auth": "SASL_SCRAM_512_AUTH",
    "clientCertificateTlsAuth": "CLIENT_CERTIFICATE_TLS_AUTH",
    "serverRootCaCertificate": "SERVER_ROOT_CA_CERTIFICATE",
}
"""How a cluster is reached and who may read it, by the names in the file."""


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and what the default role needs for them, function by function."""
    for of_function in by_function(events):
        secrets: list[Any] = []
        is_in_network = False
        for event in of_function:
            access = _access(event)
            secrets += [one["URI"] for one in access if one["Type"] in _SECRETS.values()]
            is_in_network = is_in_network or any(one["Type"].startswith("VPC_") for one in access)
            _make(work, event, access)
        if secrets:
            allow_secrets(work, secrets)
        if is_in_network:
            allow_network(work)


def _access(event: Event) -> list[dict[str, str]]:
    """How the cluster is reached, one by one in the order of the file."""
    given = settings_of(event, "kafka", KAFKA, "accessConfigurations", "bootstrapServers", "topic")[
        "accessConfigurations"
    ]
    in_network = [name for name in _NETWORK if truthy(given.get(name))]
    if len(in_network) == 1:
        (lacking,) = _NETWORK.keys() - in_network
        what = f"the accessConfigurations of the event 'kafka' have {in_network[0]!r} and lack {lacking!r}"
        raise refusal(what, event.mark("accessConfigurations", in_network[0]), f"Set {lacking!r} as well.")
    access = []
    for name, values in items(given):
        kind, prefix = _NETWORK.get(name, (_SECRETS.get(name, name), ""))
        access += [{"Type": kind, "URI": f"{prefix}{value}"} for value in values or ()]
    return access


def _make(work: Compilation, event: Event, access: list[dict[str, str]]) -> None:
    settings = event.settings
    group = settings.get("consumerGroupId")
    properties = {
        **starting_position(event),
        "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": settings["bootstrapServers"]}},
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": group} if truthy(group) else None,
        "SourceAccessConfigurations": access,
        "Topics": [settings["topic"]],
    }
    make_mapping(work, event, naming.kafka_mapping(event.function.key, str(settings["topic"])), properties)
