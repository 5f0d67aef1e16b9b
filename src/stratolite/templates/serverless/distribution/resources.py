"""The resources of a distribution, and what its functions lose and gain by being at edges."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.distribution.edges import Edge

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:TagResource")
_INVOKER = "edgelambda.amazonaws.com"


def make_resources(
    work: Compilation, edges: Sequence[Edge], origins: list[dict[str, Any]], behaviors: list[dict[str, Any]]
) -> None:
    """The distribution, permissions, and outputs."""
    for edge in edges:
        function = work.resources[edge.function.logical_id]
        # Edges have neither, and a function that edges still have copies of cannot be deleted.
        function["Properties"].pop("VpcConfig", None)
        function["Properties"].pop("Environment", None)
        function["DeletionPolicy"] = "Retain"
        _permit(work, edge)
    _allow(work)
    config: dict[str, Any] = {
        "Comment": f"{work.service.name} {work.service.stage}",
        "Enabled": True,
        "DefaultCacheBehavior": behaviors[0],
        "Origins": origins,
    }
    if len(behaviors) > 1:
        config["CacheBehaviors"] = behaviors[1:]
    work.put(naming.DISTRIBUTION, "AWS::CloudFront::Distribution", {"DistributionConfig": config})
    work.output(naming.DISTRIBUTION, {"Ref": naming.DISTRIBUTION}, "CloudFront Distribution Id")
    name = {"Fn::GetAtt": [naming.DISTRIBUTION, "DomainName"]}
    work.output(naming.DISTRIBUTION_DOMAIN_NAME, name, "CloudFront Distribution Domain Name")


def _permit(work: Compilation, edge: Edge) -> None:
    place = ["arn:", {"Ref": "AWS::Partition"}, ":cloudfront::", {"Ref": "AWS::AccountId"}, ":distribution/"]
    properties = {
        "FunctionName": {"Ref": edge.version},
        "Action": "lambda:InvokeFunction",
        "Principal": _INVOKER,
        "SourceArn": {"Fn::Join": ["", ["", *place, {"Ref": naming.DISTRIBUTION}]]},
    }
    work.put(naming.edge_permission(edge.function.key), "AWS::Lambda::Permission", properties)


def _allow(work: Compilation) -> None:
    """Edges act in the default role, and write logs in the region that is next to them."""
    role = work.resources.get(naming.ROLE)
    if role is None:
        return
    for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        services = statement["Principal"]["Service"]
        if "lambda.amazonaws.com" in services:
            services.append(_INVOKER)
            break
    everywhere = {"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}
    work.allow({"Effect": "Allow", "Action": list(_LOGS), "Resource": [everywhere]})
