"""What host names of AWS's say. Names: https://docs.aws.amazon.com/general/latest/gr/rande.html"""

import re
from pathlib import Path

import pytest

import stratolite.engine
from stratolite.engine.bootstrap import python_network
from stratolite.http.hosts import AwsHost, aws_host


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("streams.dynamodb.eu-west-1.amazonaws.com:443", "dynamodb", "eu-west-1"),
        ("123456789012.ddb.us-east-1.amazonaws.com", "ddb", "us-east-1"),
        ("SQS.us-gov-west-1.amazonaws.com", "sqs", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "sqs", "cn-north-1"),
        ("sqs.eu-west-1.api.aws", "sqs", "eu-west-1"),
        ("sqs-fips.us-east-1.amazonaws.com", "sqs", "us-east-1"),
        ("queue.amazonaws.com", "sqs", ""),
        ("us-west-2.queue.amazonaws.com", "sqs", "us-west-2"),
        ("email.us-east-1.amazonaws.com", "ses", "us-east-1"),
        ("monitoring.us-east-1.amazonaws.com", "monitoring", "us-east-1"),
        ("iam.amazonaws.com", "iam", ""),
        ("s3.amazonaws.com", "s3", ""),
        ("s3.dualstack.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("s3-us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("s3-external-1.amazonaws.com", "s3", "us-east-1"),
        ("my.photos.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
        ("photos.s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("a1b2c3.execute-api.us-east-1.amazonaws.com", "execute-api", "us-east-1"),
        ("a1b2c3.lambda-url.us-east-1.on.aws", "lambda-url", "us-east-1"),
        ("cognito-idp.ap-southeast-2.amazonaws.com", "cognito-idp", "ap-southeast-2"),
    ],
)
def test_hosts_name_a_service_and_a_region(host: str, service: str, region: str) -> None:
    assert aws_host(host) == AwsHost(service, region)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1:4566",
        "[::1]:4566",
        "localhost",
        "dynamodb.localhost:4566",
        "amazonaws.com",
        "dynamodb.us-east-1.amazonaws.com.example.org",
        "notamazonaws.com",
        "example.aws",
    ],
)
def test_other_hosts_say_nothing(host: str) -> None:
    assert aws_host(host) is None


def test_functions_know_the_same_domains() -> None:
    """Bootstraps import nothing of Stratolite: each says for itself which hosts are AWS's."""
    source = (Path(stratolite.engine.__file__).parent / "bootstrap" / "node_network.mjs").read_text()
    written = re.search(r"^const AWS = /(.+)/i;$", source, re.MULTILINE)
    assert written is not None
    of_node = re.compile(written[1], re.IGNORECASE)
    for domain in (*python_network.DOMAINS, ".example.org", ".aws", ".amazonaws.com.example.org"):
        is_aws = domain in python_network.DOMAINS
        host = f"sqs.eu-west-1{domain}"
        assert (aws_host(host) is not None) == is_aws == (of_node.search(host) is not None), host
