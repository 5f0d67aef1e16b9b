"""Resources that are skipped: of types that nobody makes, in an application that is to start all the same.

``stratolite up --skip-unsupported`` puts ``Skipped::`` before their types (``templates/skipped_resources.py``), so that
everybody who looks at the stack sees it; the stacks that may have stand-ins may have them. Unlike those
(``stand_ins.py``) they would do something: what calls them fails. ``Ref`` and ``Fn::GetAtt`` give values of the types'
own forms, where they are known, and recognisable texts elsewhere. Host names end in ``.skipped.invalid``: such a name
never resolves (RFC 6761), and the error of whoever connects tells which resource was meant.

Sources: the pages of the types, under "Return values".
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudformation.looks import Fields, Form, Looks

PREFIX = "Skipped::"
"""How the types of such resources begin; their own follow."""
REASON = "it is not made here, and was skipped (--skip-unsupported): what uses it fails"
SCHEMA: Mapping[str, Any] = {"additionalProperties": True, "properties": {}}
"""What is known of their properties: nothing, and all of them are taken."""

_LABEL_LENGTH_MAX = 63
_SERVICES = {
    "elasticloadbalancingv2": "elasticloadbalancing",
    "elasticsearch": "es",
    "efs": "elasticfilesystem",
    "kinesisfirehose": "firehose",
    "kinesisanalyticsv2": "kinesisanalytics",
    "msk": "kafka",
    "neptune": "rds",
    "docdb": "rds",
    "amazonmq": "mq",
    "opensearchservice": "es",
    "opensearchserverless": "aoss",
    "pinpoint": "mobiletargeting",
    "stepfunctions": "states",
}
"""Services that ARNs call by another name than types do."""
_PORTS = (
    ("postgres", "5432"),
    ("oracle", "1521"),
    ("sqlserver", "1433"),
    ("docdb", "27017"),
    ("neptune", "8182"),
    ("mongo", "27017"),
)
_PORTS_OF_TYPES = {"DocDB": "27017", "Neptune": "8182", "Redshift": "5439", "MemoryDB": "6379", "DAX": "8111"}
_PORT = "3306"
_HOST = "{host}"
_URL = "https://{host}/"


def _arn(resource: str, service: str = "{service}") -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _arned(attribute: str, resource: str, **more: Form) -> Looks:
    """A type that ``Ref`` gives the ARN of."""
    return Looks(REASON, {attribute: _arn(resource), **more}, ref=_arn(resource))


def _search(kind: str) -> Looks:
    """A domain of search. ``kind``: what its endpoint is called."""
    attributes: dict[str, Form] = {
        "Arn": _arn("domain/{name}"),
        "DomainArn": _arn("domain/{name}"),
        "Id": "{account}/{name}",
    }
    return Looks(REASON, {**attributes, kind: _HOST, "DomainEndpointV2": _HOST}, ref="{name}")


_CLUSTER: Mapping[str, Form] = {
    "Endpoint": _HOST,
    "Endpoint.Address": _HOST,
    "Endpoint.Port": "{port}",
    "ReadEndpoint": "ro-{host}",
    "ReadEndpoint.Address": "ro-{host}",
    "Port": "{port}",
    "ClusterResourceId": "cluster-{client}",
    "DBClusterArn": _arn("cluster:{name}"),
    "DBClusterResourceId": "cluster-{client}",
    "MasterUserSecret.SecretArn": _arn("secret:rds!cluster-{uuid}-{lower:.6}", "secretsmanager"),
}
_INSTANCE: Mapping[str, Form] = {
    "Endpoint": _HOST,
    "Endpoint.Address": _HOST,
    "Endpoint.Port": "{port}",
    "Endpoint.HostedZoneId": "Z{zone:.13}",
    "Port": "{port}",
    "DBInstanceArn": _arn("db:{name}"),
    "DbiResourceId": "db-{client}",
    "MasterUserSecret.SecretArn": _arn("secret:rds!db-{uuid}-{lower:.6}", "secretsmanager"),
}
FORMS: Mapping[str, Looks] = {
    "AWS::AppSync::ApiKey": Looks(
        REASON,
        {"ApiKey": "da2-{client}", "ApiKeyId": "da2-{client}", "Arn": _arn("apis/{ApiId}/apikeys/da2-{client}")},
        ref=_arn("apis/{ApiId}/apikeys/da2-{client}"),
    ),
    "AWS::AppSync::DataSource": _arned("DataSourceArn", "apis/{ApiId}/datasources/{name}", Name="{name}"),
    "AWS::AppSync::FunctionConfiguration": _arned(
        "FunctionArn", "apis/{ApiId}/functions/{client}", FunctionId="{client}", Name="{name}"
    ),
    "AWS::AppSync::GraphQLApi": _arned(
        "Arn",
        "apis/{client}",
        ApiId="{client}",
        GraphQLUrl="https://{host}/graphql",
        GraphQLDns=_HOST,
        RealtimeUrl="wss://{host}/graphql",
        RealtimeDns=_HOST,
    ),
    "AWS::AppSync::Resolver": _arned("ResolverArn", "apis/{ApiId}/types/{TypeName}/resolvers/{FieldName}"),
    "AWS::Batch::ComputeEnvironment": _arned("ComputeEnvironmentArn", "compute-environment/{name}"),
    "AWS::Batch::JobDefinition": _arned("JobDefinitionArn", "job-definition/{name}:1"),
    "AWS::Batch::JobQueue": _arned("JobQueueArn", "job-queue/{name}"),
    "AWS::DAX::Cluster": Looks(
        REASON,
        {
            "Arn": _arn("cache/{name}"),
            "ClusterDiscoveryEndpoint": "{host}:8111",
            "ClusterDiscoveryEndpointURL": "dax://{host}",
        },
        ref="{name}",
    ),
    "AWS::DocDB::DBCluster": Looks(REASON, _CLUSTER, ref="{name}"),
    "AWS::DocDB::DBInstance": Looks(REASON, _INSTANCE, ref="{name}"),
    "AWS::EC2::Instance": Looks(
        REASON,
        {
            "InstanceId": "i-{hex}",
            "AvailabilityZone": "{region}a",
            "PrivateDnsName": _HOST,
            "PrivateIp": "203.0.113.{octet}",
            "PublicDnsName": _HOST,
            "PublicIp": "203.0.113.{octet}",
        },
        ref="i-{hex}",
    ),
    "AWS::ECR::Repository": Looks(
        REASON,
        {"Arn": _arn("repository/{name}"), "RepositoryUri": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
        ref="{name}",
    ),
    "AWS::ECS::Cluster": Looks(REASON, {"Arn": _arn("cluster/{name}")}, ref="{name}"),
    "AWS::ECS::Service": _arned("ServiceArn", "service/{name}", Name="{name}"),
    "AWS::ECS::TaskDefinition": _arned("TaskDefinitionArn", "task-definition/{Family}:1"),
    "AWS::EFS::AccessPoint": Looks(
        REASON, {"AccessPointId": "fsap-{hex}", "Arn": _arn("access-point/fsap-{hex}")}, ref="fsap-{hex}"
    ),
    "AWS::EFS::FileSystem": Looks(
        REASON, {"FileSystemId": "fs-{hex}", "Arn": _arn("file-system/fs-{hex}")}, ref="fs-{hex}"
    ),
    "AWS::EFS::MountTarget": Looks(REASON, {"Id": "fsmt-{hex}"}, ref="fsmt-{hex}"),
    "AWS::ElasticLoadBalancingV2::Listener": _arned("ListenerArn", "listener/app/{name}/{hex:.16}/{hex:.16}"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _arned(
        "LoadBalancerArn",
        "loadbalancer/app/{name}/{hex:.16}",
        DNSName=_HOST,
        CanonicalHostedZoneID="Z{zone:.13}",
        LoadBalancerFullName="app/{name}/{hex:.16}",
        LoadBalancerName="{name}",
        SecurityGroups=("sg-{own}",),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _arned(
        "TargetGroupArn",
        "targetgroup/{name}/{hex:.16}",
        TargetGroupFullName="targetgroup/{name}/{hex:.16}",
        TargetGroupName="{name}",
        LoadBalancerArns=(_arn("loadbalancer/app/{name}/{hex:.16}"),),
    ),
    "AWS::Elasticsearch::Domain": _search("DomainEndpoint"),
    "AWS::IoT::TopicRule": Looks(REASON, {"Arn": _arn("rule/{name}")}, ref="{name}"),
    "AWS::KinesisFirehose::DeliveryStream": Looks(REASON, {"Arn": _arn("deliverystream/{name}")}, ref="{name}"),
    "AWS::MSK::Cluster": _arned("Arn", "cluster/{name}/{uuid}-1"),
    "AWS::MemoryDB::Cluster": Looks(
        REASON,
        {"ARN": _arn("cluster/{name}"), "ClusterEndpoint.Address": _HOST, "ClusterEndpoint.Port": "{port}"},
        ref="{name}",
    ),
    "AWS::Neptune::DBCluster": Looks(REASON, _CLUSTER, ref="{name}"),
    "AWS::Neptune::DBInstance": Looks(REASON, _INSTANCE, ref="{name}"),
    "AWS::OpenSearchService::Domain": _search("DomainEndpoint"),
    "AWS::Pinpoint::App": Looks(REASON, {"Arn": _arn("apps/{canonical:.32}")}, ref="{canonical:.32}"),
    "AWS::RDS::DBCluster": Looks(REASON, _CLUSTER, ref="{name}"),
    "AWS::RDS::DBInstance": Looks(REASON, _INSTANCE, ref="{name}"),
    "AWS::RDS::DBProxy": Looks(
        REASON, {"DBProxyArn": _arn("db-proxy:prx-{hex}"), "Endpoint": _HOST, "VpcId": "vpc-{hex}"}, ref="{name}"
    ),
    "AWS::Redshift::Cluster": Looks(
        REASON, {"Endpoint.Address": _HOST, "Endpoint.Port": "{port}", "Id": "{name}"}, ref="{name}"
    ),
    "AWS::StepFunctions::Activity": _arned("Arn", "activity:{name}", Name="{name}"),
    "AWS::StepFunctions::StateMachine": _arned(
        "Arn", "stateMachine:{name}", Name="{name}", StateMachineRevisionId="INITIAL"
    ),
}
"""What the resources of common types look like; the others have ``_ANY``."""
_ANY: Mapping[str, Form] = {
    "Arn": _arn("{kind}/{name}"),
    "Id": "{client}",
    "Name": "{name}",
    "Address": _HOST,
    "Port": "{port}",
    "Url": _URL,
}
_ENDINGS = (
    (re.compile(r"(?:Arn|ARN)$"), "Arn"),
    (re.compile(r"(?:Url|URL|Uri|URI)$"), "Url"),
    (re.compile(r"Port$"), "Port"),
    (re.compile(r"(?:Address|Endpoint|Host|HostName|DNSName|DnsName|Dns|DomainName)$"), "Address"),
    (re.compile(r"(?:Id|ID|Identifier)$"), "Id"),
    (re.compile(r"Name$"), "Name"),
)
"""What attributes hold that no form names, by how they end."""
_OUTPUTS = "Outputs."
"""How attributes of stacks begin that are whatever their templates say."""


@cache
def kind_of(name: str) -> ResourceType | None:
    """How a resource that is skipped comes to be; None for a type that is not ``Skipped::``."""
    if not name.startswith(PREFIX):
        return None
    own = name.removeprefix(PREFIX)

    def make(work: Work) -> Made:
        return _made(work, own)

    return ResourceType(
        name,
        implemented=frozenset(),
        create=make,
        update=make,
        delete=lambda work: None,
        stands_in=REASON,
    )


def attribute(logical_id: str, attributes: Mapping[str, Any], name: str) -> str:
    """What ``Fn::GetAtt`` gives for an attribute that no form names: by how it ends, or a text that says of whom."""
    for ending, alike in _ENDINGS:
        if ending.search(name) and not name.startswith(_OUTPUTS):
            return str(attributes[alike])
    return f"skipped-{logical_id}-{name}"


def _made(work: Work, kind: str) -> Made:
    fields = _fields(work, kind)
    looks = FORMS.get(kind)
    forms = {**_ANY, **(looks.attributes if looks else {})}
    attributes = {name: fields.filled(form, name) for name, form in forms.items()}
    return Made(str(fields.filled(looks.ref if looks else "{name}", "Ref")), attributes)


def _fields(work: Work, kind: str) -> Fields:
    """What the forms of a type are filled with."""
    fields = Fields(work)
    service, noun = _parts(kind)
    names = (f"{noun}Name", "Name", f"{noun}Identifier", "ClusterIdentifier")
    given = next((fields[name] for name in names if name in fields), "")
    fields["name"] = given or work.generated_name(
        _LABEL_LENGTH_MAX, "lower" if noun.startswith(("DB", "Domain")) else "any"
    )
    fields["service"] = _SERVICES.get(service.lower(), service.lower())
    fields["kind"] = noun.lower()
    fields["host"] = f"{work.logical_id.lower()[: _LABEL_LENGTH_MAX - 3]}.skipped.invalid"
    fields["port"] = str(work.properties.get("Port") or _port(service, fields.get("Engine", "")))
    return fields


def _parts(kind: str) -> tuple[str, str]:
    """The service and the noun of a type: ``RDS`` and ``DBInstance``, ``Custom`` and ``Mailbox``."""
    parts = kind.split("::")
    return parts[-2] if len(parts) > 1 else "", parts[-1]


def _port(service: str, engine: str) -> str:
    by_engine = next((port for name, port in _PORTS if name in engine), _PORT)
    return _PORTS_OF_TYPES.get(service, by_engine)
