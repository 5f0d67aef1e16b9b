"""What Node functions send to AWS's hosts: by whatever library, it reaches the local cloud and nobody else."""

import shutil
from typing import Any

import pytest

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

HOST = "a1b2c3.execute-api.us-east-1.amazonaws.com"
WANTED = f"get /dev/users http/1.1 | host: {HOST}"
TEXT = """
const text = (request) => new Promise((resolve, reject) => request.on('error', reject).on('response', (answer) => {
  let all = '';
  answer.setEncoding('utf8').on('data', (data) => { all += data; }).on('end', () => resolve(all));
}).end());
const exchange = (socket, event) => new Promise((resolve, reject) => {
  let all = '';
  socket.once(event, () => socket.write('GET /dev/users HTTP/1.1\\r\\nHost: HOST\\r\\nConnection: close\\r\\n\\r\\n'));
  socket.setEncoding('utf8').on('data', (data) => { all += data; }).on('error', reject);
  socket.on('end', () => resolve(all.split('\\r\\n\\r\\n')[1]));
});
""".replace("HOST", HOST)
CALLS = {
    "fetch": f"(await fetch('https://{HOST}/dev/users')).text()",
    "https.request": f"text(https.request('https://{HOST}/dev/users'))",
    "https.get": f"text(https.get({{ host: '{HOST}', path: '/dev/users', agent: new https.Agent() }}))",
    "http": f"text(http.request('http://{HOST}/dev/users'))",
    "tls": f"exchange(tls.connect(443, '{HOST}', {{}}), 'secureConnect')",
    "tls around a socket": "exchange("
    f"tls.connect({{ socket: net.connect(443, '{HOST}'), servername: '{HOST}' }}), 'secureConnect')",
    "net": f"exchange(net.connect({{ port: 80, host: '{HOST}' }}), 'connect')",
    "a socket of its own": f"exchange(new net.Socket().connect(443, '{HOST}'), 'connect')",
}
HANDLER = f"async () => [{', '.join(f'await {call}' for call in CALLS.values())}]"
MODULES = ("http", "https", "net", "tls")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "main.js",
            "".join(f"const {one} = require('{one}');" for one in MODULES) + f"{TEXT} exports.handler = {HANDLER};",
        ),
        (
            "main.mjs",
            "".join(f"import {one} from 'node:{one}';" for one in MODULES)
            + f"{TEXT} export const handler = {HANDLER};",
        ),
        (
            "main.js",
            f"{TEXT} exports.handler = async () => {{"
            + "".join(f"const {one} = (await import('{one}')).default;" for one in MODULES)
            + f"return ({HANDLER})(); }};",
        ),
    ],
    ids=["required", "imported", "imported late"],
)
async def test_every_library_reaches_the_local_cloud(bench: Any, endpoint: str, name: str, source: str) -> None:
    spec = bench.function("", runtime="nodejs20.x", handler="main.handler", files={name: source}, endpoint_url=endpoint)
    answers = await bench.answer(spec)
    assert dict(zip(CALLS, map(str.lower, answers), strict=True)) == dict.fromkeys(CALLS, WANTED)


async def test_fetch_alone_is_enough(bench: Any, endpoint: str) -> None:
    source = f"exports.handler = async () => [fetch.name, await (await fetch('https://{HOST}/dev/users')).text()];"
    name, answer = await bench.answer(bench.function(source, runtime="nodejs20.x", endpoint_url=endpoint))
    assert (name, answer.lower()) == ("fetch", WANTED)


async def test_other_hosts_and_ports_are_left_alone(bench: Any, endpoint: str) -> None:
    source = """
const tls = require('tls'), net = require('net');
const error = (socket) => new Promise((resolve) => socket
  .on('error', (error) => resolve(error.code)).on('connect', () => resolve('connected')));
exports.handler = async () => [
  await error(tls.connect(5432, 'db.rds.amazonaws.com.invalid')), await error(net.connect(1, '127.0.0.1')),
  await error(tls.connect({ port: 443, host: 'amazonaws.com.example.invalid' })),
  Object.keys(process.env).filter((name) => name.includes('STRATOLITE')),
];"""
    spec = bench.function(source, runtime="nodejs20.x", endpoint_url=endpoint)
    database, refused, other, names = await bench.answer(spec)
    assert refused == "ECONNREFUSED"
    assert {database, other} <= {"ENOTFOUND", "EAI_AGAIN"}
    assert names == []


@pytest.mark.parametrize("real", ["cognito-idp.invalid.amazonaws.com", "*"])
async def test_hosts_that_are_allowed_are_the_real_ones(bench: Any, endpoint: str, real: str) -> None:
    source = """
exports.handler = () => fetch('https://cognito-idp.invalid.amazonaws.com/').then((answer) => answer.text(),
  (error) => error.cause.code);"""
    spec = bench.function(source, runtime="nodejs20.x", endpoint_url=endpoint, real_hosts=(real,))
    assert await bench.answer(spec) in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH")


async def test_answers_of_custom_resources_are_spoken_without_tls(bench: Any, endpoint: str) -> None:
    """As the module cfn-response sends them, to port 443 whatever the address says, and as those of the CDK do."""
    source = f"""
const https = require('https'), url = require('url');{TEXT}
exports.handler = async () => {{
  const {{ hostname, path }} = url.parse('{endpoint}/_cloudformation/response/one');
  const more = {{ method: 'PUT', headers: {{ 'content-length': 0 }} }};
  return [await text(https.request({{ hostname, port: 443, path, ...more }})),
    await text(https.request('{endpoint}/_cloudformation/response/one', more)),
    await text(https.request(new URL('{endpoint}/_cloudformation/response/one'), more))];
}};"""
    answers = await bench.answer(bench.function(source, runtime="nodejs20.x", endpoint_url=endpoint))
    assert {answer.partition(" |")[0] for answer in answers} == {"PUT /_cloudformation/response/one HTTP/1.1"}
