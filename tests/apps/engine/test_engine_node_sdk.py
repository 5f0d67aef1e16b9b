"""SDKs in Node functions: what knows no AWS_ENDPOINT_URL reaches the local cloud too, and nothing else does."""

import shutil
from typing import Any

import pytest

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

KEYS = {"AWS_ACCESS_KEY_ID": "ASIAOFTHESANDBOX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
# How the SDKs of both versions send: an options object, with a host and an agent for HTTPS.
ASK = """
const ask = (host, key) => new Promise((resolve) => {
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/s3/aws4_request` };
  const agent = new https.Agent({ keepAlive: true });
  const request = https.request({ host, port: 443, path: '/key', method: 'PUT', headers, agent }, (answer) => {
    answer.setEncoding('utf8');
    let text = '';
    answer.on('data', (data) => { text += data; }).on('end', () => resolve(text));
  });
  request.on('error', (error) => resolve(error.code ?? 'error'));
  request.end('body');
});
"""
HANDLER = """async () => [
  await ask('bucket.s3.us-east-1.amazonaws.com', 'ASIAOFTHESANDBOX'),
  await ask('nothing.invalid.amazonaws.com', 'AKIAOFANOTHER'),
  await ask('127.0.0.1', 'ASIAOFTHESANDBOX'),
];"""


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("main.js", f"const https = require('https');{ASK} exports.handler = {HANDLER}"),
        ("main.mjs", f"import https from 'node:https';{ASK} export const handler = {HANDLER}"),
        (
            "main.mjs",
            f"import {{ request, Agent }} from 'https'; const https = {{ request, Agent }};{ASK}"
            f" export const handler = {HANDLER}",
        ),
    ],
    ids=["required", "imported", "imported-by-name"],
)
async def test_what_is_sent_to_aws_comes_here(bench: Any, endpoint: str, name: str, source: str) -> None:
    """As copies that a bundler has merged into the function's file send it; the host stays, because it is signed."""
    spec = bench.function(
        "",
        runtime="nodejs20.x",
        handler="main.handler",
        files={name: source},
        endpoint_url=endpoint,
        role_credentials=KEYS,
    )
    ours, with_other_keys, no_aws = await bench.answer(spec)
    assert ours.lower() == "put /key http/1.1 | host: bucket.s3.us-east-1.amazonaws.com"
    assert with_other_keys.lower() == "put /key http/1.1 | host: nothing.invalid.amazonaws.com"
    assert no_aws == "ECONNREFUSED"


async def test_a_function_that_needs_no_https_does_not_load_it(bench: Any, endpoint: str) -> None:
    source = "exports.handler = async () => process.moduleLoadList.filter((name) => / https$/.test(name));"
    spec = bench.function(source, runtime="nodejs20.x", endpoint_url=endpoint, role_credentials=KEYS)
    assert await bench.answer(spec) == []
