"""Every recorded answer of these services is beside ours in some test, or is listed here with the reason why not."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from tests.conftest import ANSWERS, ROOT

SERVICES = ("ssm", "secretsmanager", "logs", "s3", "apigateway", "cloudwatch", "kinesis")
NAME_LENGTH_MIN = 24
SIGNATURES = "signatures: requests are not checked for whether their sender knew the secret"
OTHER_SERVICES = "integrations: of services, AWS calls Lambda, SQS, SNS, DynamoDB, EventBridge, Kinesis and S3"
NOT_HERE: dict[str, dict[str, str]] = {
    "logs/test_logs_delivery": {"PutDeliveryDestination PutDeliverySource CreateDelivery": "*"},
    "logs/test_logs_destinations": {"PutDestination DescribeDestinations": "*"},
    "logs/test_logs_export_tasks": {"CreateExportTask DescribeExportTasks CancelExportTask": "*"},
    "logs/test_logs_queries": {"StartQuery DescribeQueries": "*"},
    "s3/test_s3": {
        "PutBucketReplication": "test_replication_config*",
        "PutBucketAnalyticsConfiguration": "test_s3_analytics_configurations",
        "PutBucketIntelligentTieringConfiguration": "test_s3_intelligent_tier_config",
        "PutBucketInventoryConfiguration": "*inventory*",
        "access logs: LoggingEnabled is refused by PutBucketLogging": "test_put_bucket_logging*",
        "keys of KMS: there is no KMS whose keys could be missing or disabled": "test_s3_sse_validate_kms_key*",
        SIGNATURES: "test_presigned_url_signature_authentication test_s3_put_presigned_url_with_different_headers "
        "test_post_request_malformed_policy",
    },
    "s3/test_s3_api": {
        "PutBucketMetricsConfiguration": "*metrics_configuration*",
    },
    "apigateway/test_apigateway_api": {
        "CreateVpcLink": "test_create_integration_with_vpc_link test_vpc_link_lifecycle "
        "test_create_vpc_link_invalid_parameters",
    },
    "apigateway/test_apigateway_common": {
        "unknown: of the templates and the kind of integration that were asked, the entry holds nothing": (
            "test_input_body_formatting"
        ),
    },
    "apigateway/test_apigateway_integrations": {
        "networks: there are no VPCs to have an endpoint in": "test_create_execute_api_vpc_endpoint",
    },
    "apigateway/test_apigateway_ssm": {OTHER_SERVICES: "*"},
    "apigateway/test_apigateway_stepfunctions": {OTHER_SERVICES: "*"},
    "cloudwatch/test_cloudwatch": {
        "PutMetricStream": "test_create_metric_stream",
        "PutInsightRule": "test_insight_rule",
        "PutAnomalyDetector": "test_anomaly_detector_lifecycle",
    },
}
"""What entries of a file are about that is not here: operations that are refused by name, or a reason; and their names
without parameters. An entry that a test names is tested, whatever stands here."""


@cache
def named() -> list[re.Pattern[str]]:
    """Every name in the tests that could be an entry's. What stands in braces in it stands for any text."""
    texts = (file.read_text() for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__))
    names = {name for text in texts for name in re.findall(r"test_\w+(?:\{\w+\}\w*)*", text)}
    # What is nearly all braces would name everything.
    told = [name for name in names if "{" not in name or len(name.partition("{")[0]) >= NAME_LENGTH_MIN]
    plain = "|".join(name for name in told if "{" not in name)
    return [re.compile(plain), *(re.compile(re.sub(r"\{\w+\}", r"\\w*", name)) for name in told if "{" in name)]


def entries(service: str) -> Iterator[tuple[str, str]]:
    """The files and the names of the recorded entries, save those in which nothing was recorded."""
    folder = ANSWERS / service
    if not folder.is_dir():
        pytest.skip("the recorded answers of AWS are not beside this checkout")
    for file in sorted(folder.glob("*.json")):
        for name, entry in json.loads(file.read_text()).items():
            if entry["recorded-content"]:
                yield f"{service}/{file.stem}", name.rpartition("::")[2].partition("[")[0]


def is_named(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in named())


def listed(file: str, name: str) -> bool:
    patterns = " ".join(NOT_HERE.get(file, {}).values()).split()
    return any(fnmatch(name, pattern) for pattern in patterns)


@pytest.mark.parametrize("service", SERVICES)
def test_every_entry_is_tested_or_listed(service: str) -> None:
    found = sorted(set(entries(service)))
    assert found
    assert [(file, name) for file, name in found if not is_named(name) and not listed(file, name)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_listed_is_recorded(service: str) -> None:
    found = set(entries(service))
    for file, reasons in NOT_HERE.items():
        if file.startswith(f"{service}/"):
            for pattern in " ".join(reasons.values()).split():
                assert any(file == where and fnmatch(name, pattern) for where, name in found), (file, pattern)


def test_operations_that_are_listed_are_not_here() -> None:
    for file, reasons in NOT_HERE.items():
        service = file.partition("/")[0]
        folder = Path(import_module(f"stratolite.services.{service}.operations").__path__[0])
        modules = "\n".join(module.read_text() for module in folder.glob("*.py"))
        for reason in reasons:
            for operation in [] if ":" in reason else reason.split():
                snake = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
                assert f"def {snake}(" not in modules, operation
