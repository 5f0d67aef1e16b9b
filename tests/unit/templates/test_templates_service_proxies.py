"""serverless-apigateway-service-proxy: mistakes with their places; tests/golden has the rest."""

import pytest
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

HEAD = "plugins: [serverless-apigateway-service-proxy]\ncustom:\n  apiGatewayServiceProxies:\n"


@pytest.mark.parametrize(
    ("proxy", "what"),
    [
        ("    - kinesis: {path: x, method: post}", "the proxy of kinesis lacks 'streamName'"),
        ("    - s3: {path: x, method: get, action: GetObject, key: k}", "the proxy of s3 lacks 'bucket'"),
        ("    - mail: {path: x, method: post}", "there is no proxy of 'mail'"),
        ("    - sqs", "there is no proxy of ''"),
        ("    - sqs: jobs", "the proxy of sqs takes a map"),
        ("    - sqs: {method: post, queueName: q}", "the proxy of sqs lacks 'path'"),
        ("    - sqs: {path: x, queueName: q}", "the proxy of sqs lacks 'method'"),
        ("    - sqs: {path: x, method: fetch, queueName: q}", "no method of HTTP, but 'fetch'"),
        ("    - sqs: {path: x, method: post}", "lacks 'queueName'"),
        ("    - sns: {path: x, method: post}", "lacks 'topicName'"),
        ("    - dynamodb: {path: x, method: get, tableName: t, action: GetItem}", "lacks 'hashKey'"),
        ("    - eventbridge: {path: x, method: post, source: s}", "lacks 'eventBusName'"),
        ("    sqs: {path: x, method: post, queueName: q}", "apiGatewayServiceProxies has to be a list"),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, proxy: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(HEAD + proxy)
    assert "serverless.yml:" in raised.value.where


def test_without_the_plugin_nothing_is_made(compile_text: Compile) -> None:
    text = HEAD.replace("plugins: [serverless-apigateway-service-proxy]\n", "")
    compiled = compile_text(f"{text}    - sqs: {{path: x, method: post, queueName: q}}")
    assert "ApiGatewayRestApi" not in compiled.template["Resources"]
