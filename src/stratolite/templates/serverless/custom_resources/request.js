// Signed requests to AWS, and the answer to CloudFormation, with nothing but Node: no SDK, whatever the runtime brings.
// Signing: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
'use strict';

const { createHash, createHmac } = require('crypto');
const http = require('http');
const https = require('https');

const ATTEMPTS_MAX = 8;
const PAUSE_MS = 200;
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

class Refused extends Error {
  constructor(status, body) {
    const code = (body.match(/<Code>([^<]*)/) || body.match(/"(?:__type|Code)":\s*"([^"]*)"/) || [])[1];
    const text = (body.match(/<Message>([^<]*)/i) || body.match(/"message":\s*"([^"]*)"/i) || [])[1];
    super(`${code || status}: ${text || body.slice(0, 200)}`);
    this.status = status;
  }
}

function send(url, method, headers, body) {
  const client = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const request = client.request(url, { method, headers }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(pieces).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function signed(service, region, method, url, body, more) {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers = { ...more, host: url.host, 'x-amz-content-sha256': sha256(body), 'x-amz-date': stamp };
  if (token) headers['x-amz-security-token'] = token;
  if (body) headers['content-md5'] = createHash('md5').update(body).digest('base64');
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort().join('&');
  const path = url.pathname.split('/').map((part) => (service === 's3' ? part : encoded(part))).join('/');
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [method, path, query, lines, names.join(';'), headers['x-amz-content-sha256']].join('\n');
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = scope.split('/').reduce((key, part) => hmac(key, part), `AWS4${secret}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization, 'content-length': Buffer.byteLength(body) };
}

/** One request; its body as a text. Tried again while AWS is busy, or does not know yet what was just made. */
async function ask(service, region, method, path, body = '', more = {}) {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = process.env.AWS_ENDPOINT_URL || `https://${service}.${region}.${suffix}`;
  const url = new URL(endpoint + path);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(url, method, signed(service, region, method, url, body, more), body);
    if (answer.status < 300) return answer.body;
    const refused = new Refused(answer.status, answer.body);
    const passes = answer.status === 429 || answer.status >= 500 || /^(Throttl|OperationAborted|SlowDown)/.test(refused.message);
    if (!passes || attempt === ATTEMPTS_MAX) throw refused;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt));
  }
}

/** One operation of a service that speaks JSON, by its whole name; what it answers. */
async function call(service, region, name, request) {
  const more = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': name };
  const answer = await ask(service, region, 'POST', '/', JSON.stringify(request), more);
  return answer ? JSON.parse(answer) : {};
}

/** Let a service call a function; again is no mistake: an attempt of which CloudFormation never heard may have. */
async function permit(region, name, statement, principal, arn, more = {}) {
  const wanted = { Action: 'lambda:InvokeFunction', Principal: principal, StatementId: statement, SourceArn: arn, ...more };
  try {
    await ask('lambda', region, 'POST', `/2015-03-31/functions/${encoded(name)}/policy`, JSON.stringify(wanted));
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 409) throw error;
  }
}

/** Take a permission back, unless it is gone already. */
async function withdraw(region, name, statement) {
  try {
    await ask('lambda', region, 'DELETE', `/2015-03-31/functions/${encoded(name)}/policy/${encoded(statement)}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
  }
}

/** A handler that tells CloudFormation how ``work`` ended. */
function handlerOf(physicalId, work) {
  return async (event, context) => {
    let [status, reason] = ['SUCCESS', ''];
    try {
      await work(event, context);
    } catch (error) {
      console.error(error);
      [status, reason] = ['FAILED', `${error.message} See the log stream ${context.logStreamName}.`];
    }
    const { StackId, RequestId, LogicalResourceId } = event;
    const answer = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalId, Status: status, Reason: reason };
    const body = JSON.stringify(answer);
    await send(new URL(event.ResponseURL), 'PUT', { 'content-type': '', 'content-length': Buffer.byteLength(body) }, body);
  };
}

module.exports = { Refused, ask, call, handlerOf, permit, withdraw };
