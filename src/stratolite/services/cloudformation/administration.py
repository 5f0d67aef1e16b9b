"""What accounts are run with, and applications are not: keys, budgets, audits, pipelines, backups, names.

Part of the table of stand-ins (``stand_ins.py``): one reason for each group, which has to be honest about what does not
happen. What an application would miss when it is called has no place here (``skipped.py``).
"""

from collections.abc import Mapping

from stratolite.services.cloudformation.looks import Looks, ids

KEYS = "what is kept here is not encrypted and no key is asked for; calls to KMS itself fail"
MONEY = "nothing here costs money"
AUDIT = "calls and settings are not recorded or judged here, and nobody watches an account"
PIPELINE = "this machine builds and deploys by itself: no pipeline runs"
SHIFTING = "new code answers at once: no traffic is shifted to it"
BACKUP = "nothing is backed up here but by a copy of the data folder"
CONSOLE = "there is no console of AWS in which it would be seen"
CHAT = "nobody is told in chats"
DATABASE = "it is a setting of databases, and none of them is run here"
PROBES = "nobody visits the application from outside"
PROVIDERS = "roles are not taken here by people or machines that others vouch for"
SCHEMAS = "events pass whatever their schema"
TRACES = "traces are kept whole, and everybody may write them"
NAMES = "no name of yours leads here: the API's own address answers"
NETWORK = "there is one machine, and no network to connect it to"
LOGS = "logs are searched as they are"

_ARN = "arn:{partition}:"


def _arns(reason: str, forms: Mapping[str, str], name: str = "Arn") -> dict[str, Looks]:
    """Types that have an ARN of one form alone: ``access-analyzer:{region}:{account}:analyzer/{generated}``."""
    return ids(reason, {kind: f"{_ARN}{form}" for kind, form in forms.items()}, name)


def _named(reason: str, service: str, kinds: str) -> dict[str, Looks]:
    """Types that are known by a property of theirs alone. ``kinds``: their names, with spaces between them."""
    return {f"AWS::{service}::{kind}": Looks(reason) for kind in kinds.split()}


def _connection(service: str) -> Looks:
    arn = f"{_ARN}{service}:{{region}}:{{account}}:connection/{{uuid}}"
    return Looks(PIPELINE, {"ConnectionArn": arn, "ConnectionStatus": "PENDING", "OwnerAccountId": "{account}"})


def _group(service: str, kind: str, name: str, attribute: str) -> Looks:
    """A group of settings, or of subnets, of databases that have an ARN."""
    return Looks(DATABASE, {attribute: f"{_ARN}{service}:{{region}}:{{account}}:{kind}{{{name}}}"})


_KEY: Mapping[str, str] = {"KeyId": "{uuid}", "Arn": f"{_ARN}kms:{{region}}:{{account}}:key/{{uuid}}"}
_DOMAIN = "d-{lower:.10}.execute-api.{region}.amazonaws.com"

ADMINISTRATION: Mapping[str, Looks] = {
    "AWS::KMS::Key": Looks(KEYS, _KEY),
    "AWS::KMS::ReplicaKey": Looks(KEYS, _KEY),
    "AWS::KMS::Alias": Looks(KEYS),
    "AWS::Budgets::BudgetsAction": Looks(MONEY, {"ActionId": "{uuid}"}),
    "AWS::CE::AnomalyMonitor": Looks(
        MONEY,
        {
            "MonitorArn": f"{_ARN}ce::{{account}}:anomalymonitor/{{uuid}}",
            "CreationDate": "{now}",
            "LastEvaluatedDate": "{now}",
            "LastUpdatedDate": "{now}",
        },
    ),
    "AWS::CE::AnomalySubscription": Looks(
        MONEY,
        {"SubscriptionArn": f"{_ARN}ce::{{account}}:anomalysubscription/{{uuid}}", "AccountId": "{account}"},
    ),
    "AWS::CloudTrail::Trail": Looks(
        AUDIT,
        {
            "Arn": f"{_ARN}cloudtrail:{{region}}:{{account}}:trail/{{TrailName}}",
            "SnsTopicArn": f"{_ARN}sns:{{region}}:{{account}}:{{SnsTopicName}}",
        },
    ),
    "AWS::Config::ConfigRule": Looks(
        AUDIT,
        {
            "Arn": f"{_ARN}config:{{region}}:{{account}}:config-rule/config-rule-{{lower:.6}}",
            "ConfigRuleId": "config-rule-{lower:.6}",
            "Compliance.Type": "INSUFFICIENT_DATA",
        },
    ),
    "AWS::Config::ConfigurationRecorder": Looks(
        AUDIT, {"ResourceARN": f"{_ARN}config:{{region}}:{{account}}:configuration-recorder/{{Name}}/{{lower:.12}}"}
    ),
    "AWS::Config::DeliveryChannel": Looks(AUDIT),
    **_arns(
        AUDIT,
        {
            "AWS::AccessAnalyzer::Analyzer": "access-analyzer:{region}:{account}:analyzer/{AnalyzerName}",
            "AWS::CloudWatch::InsightRule": "cloudwatch:{region}:{account}:insight-rule/{RuleName}",
        },
    ),
    "AWS::CloudWatch::AnomalyDetector": Looks(AUDIT, {"Id": "{generated}"}),
    "AWS::GuardDuty::Detector": Looks(AUDIT, {"Id": "{canonical:.32}"}),
    "AWS::SecurityHub::Hub": Looks(
        AUDIT, {"ARN": f"{_ARN}securityhub:{{region}}:{{account}}:hub/default", "SubscribedAt": "{now}"}
    ),
    "AWS::CodeConnections::Connection": _connection("codeconnections"),
    "AWS::CodeStarConnections::Connection": _connection("codestar-connections"),
    **_arns(
        PIPELINE,
        {
            "AWS::CodeBuild::ReportGroup": "codebuild:{region}:{account}:report-group/{Name}",
            "AWS::CodeBuild::SourceCredential": "codebuild:{region}:{account}:token/{ServerType}",
            "AWS::CodeStarNotifications::NotificationRule": (
                "codestar-notifications:{region}:{account}:notificationrule/{uuid}"
            ),
        },
    ),
    "AWS::CodeBuild::Project": Looks(
        PIPELINE,
        {"Arn": f"{_ARN}codebuild:{{region}}:{{account}}:project/{{Name}}", "Id": "{Name}"},
        ref="{Name}",
    ),
    "AWS::CodePipeline::Pipeline": Looks(
        PIPELINE, {"Arn": f"{_ARN}codepipeline:{{region}}:{{account}}:{{Name}}", "Version": "1"}
    ),
    "AWS::CodePipeline::Webhook": Looks(
        PIPELINE,
        {
            "Id": f"{_ARN}codepipeline:{{region}}:{{account}}:webhook:{{Name}}",
            "Url": "https://{region}.webhooks.aws/trigger?t={canonical}&v=1",
        },
    ),
    **_named(SHIFTING, "CodeDeploy", "Application DeploymentConfig"),
    "AWS::CodeDeploy::DeploymentGroup": Looks(SHIFTING, ref="{DeploymentGroupName}"),
    "AWS::Backup::BackupPlan": Looks(
        BACKUP,
        {
            "BackupPlanId": "{uuid}",
            "BackupPlanArn": f"{_ARN}backup:{{region}}:{{account}}:backup-plan:{{uuid}}",
            "VersionId": "{client}",
        },
    ),
    "AWS::Backup::BackupSelection": Looks(BACKUP, {"Id": "{uuid}_{BackupPlanId}", "SelectionId": "{uuid}"}),
    "AWS::Backup::BackupVault": Looks(
        BACKUP, {"BackupVaultArn": f"{_ARN}backup:{{region}}:{{account}}:backup-vault:{{BackupVaultName}}"}
    ),
    "AWS::ResourceGroups::Group": Looks(
        CONSOLE, {"Arn": f"{_ARN}resource-groups:{{region}}:{{account}}:group/{{Name}}"}
    ),
    "AWS::ServiceCatalogAppRegistry::Application": Looks(
        CONSOLE,
        {
            "Id": "{client}",
            "Arn": f"{_ARN}servicecatalog:{{region}}:{{account}}:/applications/{{client}}",
            "ApplicationName": "{Name}",
            "ApplicationTagKey": "awsApplication",
            "ApplicationTagValue": f"{_ARN}resource-groups:{{region}}:{{account}}:group/{{Name}}/{{client}}",
        },
    ),
    "AWS::ApplicationInsights::Application": Looks(
        CONSOLE,
        {
            "ApplicationARN": (
                f"{_ARN}applicationinsights:{{region}}:{{account}}:application/resource-group/{{ResourceGroupName}}"
            )
        },
    ),
    **_arns(
        CHAT,
        {
            "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": (
                "chatbot::{account}:chat-configuration/microsoft-teams-channel/{ConfigurationName}"
            ),
            "AWS::Chatbot::SlackChannelConfiguration": (
                "chatbot::{account}:chat-configuration/slack-channel/{ConfigurationName}"
            ),
        },
    ),
    **_named(DATABASE, "RDS", "DBClusterParameterGroup OptionGroup EventSubscription"),
    "AWS::RDS::DBParameterGroup": _group("rds", "pg:", "DBParameterGroupName", "DBParameterGroupArn"),
    "AWS::RDS::DBSubnetGroup": _group("rds", "subgrp:", "DBSubnetGroupName", "DBSubnetGroupArn"),
    "AWS::RDS::DBSecurityGroup": Looks(DATABASE, {"Id": "{generated}"}),
    **_named(DATABASE, "DocDB", "DBClusterParameterGroup DBSubnetGroup"),
    **_named(DATABASE, "Neptune", "DBClusterParameterGroup DBParameterGroup DBSubnetGroup"),
    "AWS::Redshift::ClusterParameterGroup": Looks(DATABASE),
    "AWS::Redshift::ClusterSubnetGroup": Looks(DATABASE, {"ClusterSubnetGroupName": "{generated}"}),
    **_named(DATABASE, "DAX", "ParameterGroup SubnetGroup"),
    "AWS::MemoryDB::ParameterGroup": _group("memorydb", "parametergroup/", "ParameterGroupName", "ARN"),
    "AWS::MemoryDB::SubnetGroup": _group("memorydb", "subnetgroup/", "SubnetGroupName", "ARN"),
    "AWS::Synthetics::Canary": Looks(PROBES, {"Id": "{uuid}", "State": "STOPPED"}),
    "AWS::Synthetics::Group": Looks(PROBES, {"Id": "{lower:.9}"}),
    "AWS::IAM::OIDCProvider": Looks(PROVIDERS, {"Arn": f"{_ARN}iam::{{account}}:oidc-provider/{{generated}}"}),
    "AWS::IAM::SAMLProvider": Looks(
        PROVIDERS,
        {"Arn": f"{_ARN}iam::{{account}}:saml-provider/{{Name}}", "SamlProviderUUID": "{uuid}"},
    ),
    "AWS::IAM::ServiceLinkedRole": Looks(
        "services act here without a role of their own", {"RoleName": "AWSServiceRoleFor{generated}"}
    ),
    "AWS::EventSchemas::Discoverer": Looks(
        SCHEMAS,
        {
            "DiscovererArn": f"{_ARN}schemas:{{region}}:{{account}}:discoverer/{{generated}}",
            "DiscovererId": "{generated}",
            "State": "STOPPED",
        },
    ),
    **_arns(
        SCHEMAS, {"AWS::EventSchemas::Registry": "schemas:{region}:{account}:registry/{RegistryName}"}, "RegistryArn"
    ),
    "AWS::EventSchemas::Schema": Looks(
        SCHEMAS,
        {
            "SchemaArn": f"{_ARN}schemas:{{region}}:{{account}}:schema/{{RegistryName}}/{{SchemaName}}",
            "SchemaVersion": "1",
            "LastModified": "{now}",
            "VersionCreatedDate": "{now}",
        },
    ),
    "AWS::ApiGateway::ClientCertificate": Looks(
        "integrations are asked without a certificate", {"ClientCertificateId": "{lower:.6}"}
    ),
    "AWS::ApiGateway::DomainName": Looks(
        NAMES,
        {
            "DomainNameArn": f"{_ARN}apigateway:{{region}}:{{account}}:/domainnames/{{DomainName}}",
            "RegionalDomainName": _DOMAIN,
            "RegionalHostedZoneId": "Z{zone:.13}",
            "DistributionDomainName": "d{lower}.cloudfront.net",
            "DistributionHostedZoneId": "Z2FDTNDATAQYW2",
        },
    ),
    "AWS::ApiGateway::BasePathMapping": Looks(NAMES),
    "AWS::ApiGatewayV2::DomainName": Looks(
        NAMES,
        {
            "DomainNameArn": f"{_ARN}apigateway:{{region}}::/domainnames/{{DomainName}}",
            "RegionalDomainName": _DOMAIN,
            "RegionalHostedZoneId": "Z{zone:.13}",
        },
    ),
    "AWS::ApiGatewayV2::ApiMapping": Looks(NAMES, {"ApiMappingId": "{lower:.6}"}, ref="{lower:.6}"),
    "AWS::XRay::ResourcePolicy": Looks(TRACES),
    "AWS::Logs::QueryDefinition": Looks(LOGS, {"QueryDefinitionId": "{uuid}"}),
    **ids(
        NETWORK,
        {
            "AWS::EC2::TransitGatewayAttachment": "tgw-attach-{hex}",
            "AWS::EC2::VPNGatewayRoutePropagation": "{generated}",
        },
    ),
    "AWS::EC2::TransitGateway": Looks(
        NETWORK,
        {
            "Id": "tgw-{hex}",
            "TransitGatewayArn": f"{_ARN}ec2:{{region}}:{{account}}:transit-gateway/tgw-{{hex}}",
            "EncryptionSupportState": "disable",
        },
    ),
    "AWS::EC2::VPNGateway": Looks(NETWORK, {"VPNGatewayId": "vgw-{hex}"}),
    "AWS::EC2::VPNConnection": Looks(NETWORK, {"VpnConnectionId": "vpn-{hex}"}),
    "AWS::EC2::CustomerGateway": Looks(NETWORK, {"CustomerGatewayId": "cgw-{hex}"}),
}
"""Types whose resources concern an account, or those who run it."""
