"""Stand-ins: resources that can have no effect on one machine, and values for those that refer to them.

The one exception to the law that nothing is inert, and a loud one: ``stratolite up`` alone lets a stack have them, by
the port ``stack``, and lists them each time. They are checked against CloudFormation's schemas (``stand_ins.json``,
generated) like all others, have names, ids and attributes of the right form, and do nothing. Everybody else's stacks
are refused that have a type of this table.

Sources: the pages of the types, under "Return values".
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from stratolite.core.pools import LOCAL
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudformation import schema
from stratolite.services.cloudformation.administration import ADMINISTRATION, MONEY
from stratolite.services.cloudformation.looks import Fields, Form, Looks, ids

NETWORK = "functions and caches are reached over this machine's own network, which has no VPC in it"
CDN = "nothing is served from edges: the origin's own address answers"
FIREWALL = "requests come from this machine alone, and no firewall stands before them"
DNS = "names are not served here: this machine's resolver answers"
CERTIFICATE = "nothing here is served under a name of yours, so there is nothing to certify"
TRACES = "traces are kept whole and are not grouped or sampled"
CAPACITY = "capacity does not grow and shrink here: it is this machine's"
POOL = "nobody can sign up or in here yet: it has no users, its triggers never fire, and no token is of it"
IDENTITIES = "nobody is given credentials by who they are yet: functions have those of their roles"

_POOL_ID = f"{{region}}_{LOCAL}{{lower:.4}}"


def _firewall(kind: str) -> dict[str, Looks]:
    """A type of AWS WAF, which are all alike. ``kind``: ``WebACL``."""
    arn = f"arn:{{partition}}:wafv2:{{region}}:{{account}}:{{scope}}/{kind.lower()}/{{Name}}/{{uuid}}"
    label = f"awswaf:{{account}}:{kind.lower()}:{{Name}}:"
    return {f"AWS::WAFv2::{kind}": Looks(FIREWALL, {"Arn": arn, "Id": "{uuid}", "LabelNamespace": label})}


_COGNITO: Mapping[str, Looks] = {
    "AWS::Cognito::UserPool": Looks(
        POOL,
        {
            "UserPoolId": _POOL_ID,
            "Arn": f"arn:{{partition}}:cognito-idp:{{region}}:{{account}}:userpool/{_POOL_ID}",
            "ProviderName": f"cognito-idp.{{region}}.amazonaws.com/{_POOL_ID}",
            "ProviderURL": f"https://cognito-idp.{{region}}.amazonaws.com/{_POOL_ID}",
        },
    ),
    "AWS::Cognito::UserPoolClient": Looks(
        POOL, {"ClientId": "{client}", "ClientSecret": "{client}{client}", "Name": "{ClientName}"}, ref="{client}"
    ),
    "AWS::Cognito::UserPoolDomain": Looks(POOL, {"CloudFrontDistribution": "d{lower}.cloudfront.net"}, ref="{Domain}"),
    "AWS::Cognito::UserPoolGroup": Looks(POOL, ref="{GroupName}"),
    "AWS::Cognito::UserPoolIdentityProvider": Looks(POOL, ref="{ProviderName}"),
    "AWS::Cognito::UserPoolResourceServer": Looks(POOL, ref="{Identifier}"),
    "AWS::Cognito::UserPoolUser": Looks(POOL, ref="{Username}"),
    "AWS::Cognito::UserPoolUserToGroupAttachment": Looks(POOL, ref="{generated}"),
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": Looks(POOL),
    "AWS::Cognito::UserPoolUICustomizationAttachment": Looks(POOL),
    "AWS::Cognito::LogDeliveryConfiguration": Looks(POOL, {"Id": "{UserPoolId}"}),
    "AWS::Cognito::ManagedLoginBranding": Looks(POOL, {"ManagedLoginBrandingId": "{uuid}"}),
    "AWS::Cognito::IdentityPool": Looks(IDENTITIES, {"Id": "{region}:{uuid}", "Name": "{IdentityPoolName}"}),
    "AWS::Cognito::IdentityPoolPrincipalTag": Looks(IDENTITIES),
    "AWS::Cognito::IdentityPoolRoleAttachment": Looks(IDENTITIES, {"Id": "{generated}"}),
}

LOOKS: Mapping[str, Looks] = {
    **ids(
        NETWORK,
        {
            "AWS::EC2::EgressOnlyInternetGateway": "eigw-{hex}",
            "AWS::EC2::EIPAssociation": "eipassoc-{hex}",
            "AWS::EC2::FlowLog": "fl-{hex}",
            "AWS::EC2::NetworkAcl": "acl-{hex}",
            "AWS::EC2::NetworkAclEntry": "{generated}",
            "AWS::EC2::SecurityGroupEgress": "sgr-{hex}",
            "AWS::EC2::SecurityGroupIngress": "sgr-{hex}",
            "AWS::EC2::SubnetRouteTableAssociation": "rtbassoc-{hex}",
            "AWS::EC2::VPCPeeringConnection": "pcx-{hex}",
        },
    ),
    "AWS::EC2::DHCPOptions": Looks(NETWORK, {"DhcpOptionsId": "dopt-{hex}"}),
    "AWS::EC2::EIP": Looks(
        NETWORK, {"AllocationId": "eipalloc-{hex}", "PublicIp": "203.0.113.{octet}"}, ref="203.0.113.{octet}"
    ),
    "AWS::EC2::InternetGateway": Looks(NETWORK, {"InternetGatewayId": "igw-{hex}"}),
    "AWS::EC2::NatGateway": Looks(
        NETWORK,
        {
            "NatGatewayId": "nat-{hex}",
            "AutoProvisionZones": "disabled",
            "AutoScalingIps": "disabled",
            "EniId": "eni-{hex}",
            "RouteTableId": "rtb-{own}",
        },
    ),
    "AWS::EC2::PrefixList": Looks(
        NETWORK,
        {"PrefixListId": "pl-{hex}", "Arn": "arn:{partition}:ec2:{region}:{account}:prefix-list/pl-{hex}"},
    ),
    "AWS::EC2::Route": Looks(NETWORK, {"CidrBlock": "{DestinationCidrBlock}"}),
    "AWS::EC2::RouteTable": Looks(NETWORK, {"RouteTableId": "rtb-{hex}"}),
    "AWS::EC2::SecurityGroup": Looks(
        NETWORK, {"Id": "sg-{hex}", "GroupId": "sg-{hex}", "GroupName": "{generated}", "VpcId": "vpc-{own}"}
    ),
    "AWS::EC2::Subnet": Looks(
        NETWORK,
        {
            "SubnetId": "subnet-{hex}",
            "AvailabilityZone": "{region}a",
            "NetworkAclAssociationId": "aclassoc-{own}",
        },
    ),
    "AWS::EC2::SubnetCidrBlock": Looks(NETWORK, {"Id": "subnet-cidr-assoc-{hex}"}),
    "AWS::EC2::SubnetNetworkAclAssociation": Looks(NETWORK, {"AssociationId": "aclassoc-{hex}"}),
    "AWS::EC2::VPC": Looks(
        NETWORK,
        {
            "VpcId": "vpc-{hex}",
            "CidrBlockAssociations": ("vpc-cidr-assoc-{own}",),
            "DefaultNetworkAcl": "acl-{own}",
            "DefaultSecurityGroup": "sg-{own}",
        },
    ),
    "AWS::EC2::VPCCidrBlock": Looks(NETWORK, {"Id": "vpc-cidr-assoc-{hex}"}, ref="vpc-cidr-assoc-{hex}"),
    "AWS::EC2::VPCDHCPOptionsAssociation": Looks(NETWORK),
    "AWS::EC2::VPCEndpoint": Looks(
        NETWORK,
        {
            "Id": "vpce-{hex}",
            "CreationTimestamp": "{now}",
            "DnsEntries": ("{zone}:vpce-{hex}-{lower}.{region}.vpce.amazonaws.com",),
            "NetworkInterfaceIds": ("eni-{own}",),
        },
    ),
    "AWS::EC2::VPCGatewayAttachment": Looks(NETWORK, {"AttachmentType": "{attachment}"}),
    **ids(
        CDN,
        {
            "AWS::CloudFront::CachePolicy": "{uuid}",
            "AWS::CloudFront::KeyGroup": "{uuid}",
            "AWS::CloudFront::OriginAccessControl": "E{upper}",
            "AWS::CloudFront::OriginRequestPolicy": "{uuid}",
            "AWS::CloudFront::PublicKey": "K{upper}",
            "AWS::CloudFront::ResponseHeadersPolicy": "{uuid}",
        },
    ),
    "AWS::CloudFront::CloudFrontOriginAccessIdentity": Looks(
        CDN, {"Id": "E{upper}", "S3CanonicalUserId": "{canonical}"}
    ),
    "AWS::CloudFront::Distribution": Looks(CDN, {"Id": "E{upper}", "DomainName": "d{lower}.cloudfront.net"}),
    "AWS::CloudFront::Function": Looks(
        CDN,
        {
            "FunctionARN": "arn:{partition}:cloudfront::{account}:function/{Name}",
            "FunctionMetadata.FunctionARN": "arn:{partition}:cloudfront::{account}:function/{Name}",
            "Stage": "DEVELOPMENT",
        },
    ),
    "AWS::CloudFront::MonitoringSubscription": Looks(CDN),
    "AWS::CloudFront::RealtimeLogConfig": Looks(
        CDN, {"Arn": "arn:{partition}:cloudfront::{account}:realtime-log-config/{Name}"}
    ),
    **_firewall("IPSet"),
    **_firewall("RegexPatternSet"),
    **_firewall("RuleGroup"),
    **_firewall("WebACL"),
    "AWS::WAFv2::LoggingConfiguration": Looks(FIREWALL),
    "AWS::WAFv2::WebACLAssociation": Looks(FIREWALL),
    **ids(
        FIREWALL,
        {
            f"AWS::{service}::{kind}": "{uuid}"
            for service, kinds in {
                "WAF": (
                    "ByteMatchSet",
                    "IPSet",
                    "Rule",
                    "SizeConstraintSet",
                    "SqlInjectionMatchSet",
                    "WebACL",
                    "XssMatchSet",
                ),
                "WAFRegional": (
                    *("ByteMatchSet", "GeoMatchSet", "IPSet", "RateBasedRule", "RegexPatternSet", "Rule"),
                    *("SizeConstraintSet", "SqlInjectionMatchSet", "WebACL", "WebACLAssociation", "XssMatchSet"),
                ),
            }.items()
            for kind in kinds
        },
    ),
    "AWS::Shield::Protection": Looks(
        FIREWALL,
        {"ProtectionId": "{uuid}", "ProtectionArn": "arn:{partition}:shield::{account}:protection/{uuid}"},
    ),
    "AWS::Route53::HealthCheck": Looks(DNS, {"HealthCheckId": "{uuid}"}),
    "AWS::Route53::HostedZone": Looks(
        DNS,
        {
            "Id": "Z{zone}",
            "NameServers": tuple(
                f"ns-{{octet}}.awsdns-0{n}.{tld}" for n, tld in enumerate(("com", "net", "org", "co.uk"))
            ),
        },
    ),
    "AWS::Route53::RecordSet": Looks(DNS, ref="{Name}"),
    "AWS::Route53::RecordSetGroup": Looks(DNS, {"Id": "{generated}"}),
    "AWS::CertificateManager::Certificate": Looks(
        CERTIFICATE, {"CertificateArn": "arn:{partition}:acm:{region}:{account}:certificate/{uuid}"}
    ),
    "AWS::XRay::Group": Looks(TRACES, {"GroupARN": "arn:{partition}:xray:{region}:{account}:group/{GroupName}/{zone}"}),
    "AWS::XRay::SamplingRule": Looks(
        TRACES, {"RuleARN": "arn:{partition}:xray:{region}:{account}:sampling-rule/{generated}"}
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": Looks(
        CAPACITY, {"Id": "{ResourceId}|{ScalableDimension}|{ServiceNamespace}"}
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": Looks(
        CAPACITY,
        {"Arn": "arn:{partition}:autoscaling:{region}:{account}:scalingPolicy:{uuid}:policyName/{PolicyName}"},
        ref="arn:{partition}:autoscaling:{region}:{account}:scalingPolicy:{uuid}:policyName/{PolicyName}",
    ),
    "AWS::Budgets::Budget": Looks(MONEY, {"Id": "{generated}"}),
    **_COGNITO,
    **ADMINISTRATION,
}
"""Every type that has stand-ins. What a schema calls read-only and no form describes has the default of its type."""
_EVERYWHERE: Mapping[str, Form] = {
    "CreatedTime": "{now}",
    "LastModifiedTime": "{now}",
    "OwnerId": "{account}",
    # Of blocks of IPv6 addresses.
    "IpSource": "amazon",
    "Ipv6AddressAttribute": "public",
}
_EMPTY: Mapping[str, Any] = {"array": [], "boolean": False, "integer": 0, "number": 0, "object": {}}


@cache
def kind_of(name: str) -> ResourceType | None:
    """How stand-ins of a type are made; None for a type that has none."""
    looks = LOOKS.get(name)
    if looks is None:
        return None
    shape = schema.stand_ins()[name]
    given = set(shape["properties"]) - set(_read_only(shape))

    def make(work: Work) -> Made:
        return _made(work, shape, looks)

    return ResourceType(
        name,
        implemented=frozenset(),
        accepted=dict.fromkeys(given, looks.reason),
        create=make,
        update=make,
        delete=lambda work: None,
        stands_in=looks.reason,
    )


def without_effect(resources: Mapping[str, Any]) -> dict[str, str]:
    """The resources of a template that have no effect here, by logical id, with their types."""
    kinds = {name: one.get("Type") for name, one in resources.items() if isinstance(one, Mapping)}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, str) and kind in LOOKS}


def _read_only(shape: Mapping[str, Any]) -> Iterator[str]:
    for pointer in shape.get("readOnlyProperties", ()):
        if pointer.count("/") == 2:
            yield pointer.removeprefix("/properties/")


def _made(work: Work, shape: Mapping[str, Any], looks: Looks) -> Made:
    fields = Fields(work)
    attributes: dict[str, Any] = {}
    for name in {*_read_only(shape), *looks.attributes}:
        form = looks.attributes.get(name) or _EVERYWHERE.get(name)
        if name not in work.properties and name in {*shape["properties"], *looks.attributes}:
            attributes[name] = _empty(shape, name) if form is None else fields.filled(form, name)
    names = [pointer.removeprefix("/properties/") for pointer in shape["primaryIdentifier"]]
    identifier = "|".join(str(attributes.get(name) or fields[name]) for name in names)
    physical_id = work.physical_id or str(fields.filled(looks.ref, "Ref") if looks.ref else identifier)
    return Made(physical_id, attributes)


def _empty(shape: Mapping[str, Any], name: str) -> Any:
    kind = shape["properties"][name].get("type")
    return _EMPTY.get(kind if isinstance(kind, str) else "", "")
