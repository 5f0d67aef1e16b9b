"""Names of buckets that no bucket can have: ``<your-bucket-name>``, ``EXAMPLE``, ``my_bucket``.

They stand in repositories for others to fill in. AWS refuses them; where the application is only run, the nearest name
that fits is the bucket's, wherever the template says the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import copied
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.intrinsics import joined, pseudo_parameters

BUCKET = "AWS::S3::Bucket"
NAME = re.compile(
    r"(?!^(\d{1,3}\.){3}\d{1,3}$)"
    r"(^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$)"
)
_IN_ARN = re.compile(r"arn:[^:]+:s3:::([^/*?:$]+)(/.*)?")
RULE = "3 to 63 of a-z, 0-9, dots and hyphens"
NAME_LENGTH_MIN, NAME_LENGTH_MAX = 3, 63
_IDS = frozenset({"Type", "Ref", "Fn::GetAtt", "DependsOn", "Condition"})
"""Members whose texts are never names of buckets, though they may read alike."""


def settle_bucket_names(work: Compilation, template: dict[str, Any]) -> None:
    """Make names that fit of those that do not, and tell of them."""
    if not work.is_lenient:
        return
    resources = template["Resources"]
    names = dict.fromkeys((*_made(resources), *allowed(resources, pseudo_parameters(work))))
    made = {name: _fitting(name) for name in names if not _fits(name)}
    for name, instead in made.items():
        # As a whole, in an ARN, and in an address of the bucket.
        pattern = re.compile(rf"(^|:::|//)({re.escape(name)})(?=$|/|\.s3)")
        _replace(template, pattern, instead)
    if made:
        told = ", ".join(f"{name!r} is {instead!r} here" for name, instead in made.items())
        what = f"AWS refuses names of buckets that are not {RULE}: {told}"
        work.warn_locally(what, kind=Kind.REFUSED_BY_AWS, about="resources")


def settle_deployment_bucket(work: Compilation) -> None:
    """The same for the user's own bucket of deployments."""
    name = work.service.deployment_bucket
    if not work.is_lenient or not isinstance(name, str) or _fits(name):
        return
    provider, instead = copied(work.service.provider), _fitting(name)
    provider.put("deploymentBucket", instead, work.service.mark("provider", "deploymentBucket"))
    work.service = replace(work.service, provider=provider)
    what = f"AWS refuses names of buckets that are not {RULE}: {name!r} is {instead!r} here"
    work.warn_locally(what, work.service.mark("provider", "deploymentBucket"), Kind.REFUSED_BY_AWS, about="resources")


def allowed(resources: dict[str, Any], pseudo: Mapping[str, str]) -> Iterator[str]:
    """The buckets that policies of roles name, whoever makes them."""
    for resource in resources.values():
        if isinstance(resource, dict) and str(resource.get("Type")).startswith("AWS::IAM::"):
            for statement in _statements(resource.get("Properties")):
                arns = statement.get("Resource")
                for arn in arns if isinstance(arns, list) else [arns]:
                    match = _IN_ARN.fullmatch(joined(arn, pseudo) or "")
                    if match is not None:
                        yield match[1]


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        if key == "Statement":
            yield from (each for each in (child if isinstance(child, list) else [child]) if isinstance(each, dict))
        else:
            yield from _statements(child)


def _made(resources: dict[str, Any]) -> Iterator[str]:
    for resource in resources.values():
        if isinstance(resource, dict) and resource.get("Type") == BUCKET:
            properties = resource.get("Properties")
            name = properties.get("BucketName") if isinstance(properties, dict) else None
            if isinstance(name, str):
                yield name


def _fits(name: str) -> bool:
    return NAME_LENGTH_MIN <= len(name) <= NAME_LENGTH_MAX and NAME.match(name) is not None


def _fitting(name: str) -> str:
    parts = re.findall("[a-z0-9]+", name.lower())
    made = "-".join(parts)[:NAME_LENGTH_MAX].rstrip("-")
    return made if len(made) >= NAME_LENGTH_MIN else f"bucket-{made}".rstrip("-")


def _replace(value: Any, pattern: re.Pattern[str], instead: str) -> None:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        child = value[key]
        if key in _IDS:
            continue
        if isinstance(child, dict | list):
            _replace(child, pattern, instead)
        elif isinstance(child, str):
            value[key] = pattern.sub(lambda found: found[1] + instead, child)
