// The custom resource Custom::S3: what happens in a bucket that exists already calls a function.
'use strict';

const { createHash } = require('crypto');
const { ask, handlerOf, permit, withdraw } = require('../request');

const CONFIGURATION = /<CloudFunctionConfiguration>.*?<\/CloudFunctionConfiguration>/gs;
const STATEMENT_LENGTH_MAX = 100;
const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);

function configuration(name, arn, { Event, Rules }) {
  const id = `${name}-${createHash('md5').update(JSON.stringify({ Event, Rules })).digest('hex')}`;
  const rules = (Rules || [])
    .flatMap((rule) => Object.entries(rule))
    .map(([kind, value]) => `<FilterRule><Name>${kind.toLowerCase()}</Name><Value>${escaped(value)}</Value></FilterRule>`);
  const filter = rules.length ? `<Filter><S3Key>${rules.join('')}</S3Key></Filter>` : '';
  const members = `<Id>${id}</Id>${filter}<CloudFunction>${arn}</CloudFunction><Event>${Event}</Event>`;
  return `<CloudFunctionConfiguration>${members}</CloudFunctionConfiguration>`;
}

/** Replace what the bucket tells this function, and leave what it tells others. */
async function notify(region, bucket, name, added) {
  const path = `/${bucket}?notification`;
  const before = await ask('s3', region, 'GET', path);
  const own = new RegExp(`<Id>${name}-[0-9a-f]{32}</Id>`);
  const inner = (before.match(/<NotificationConfiguration[^>]*>(.*)<\/NotificationConfiguration>/s) || ['', ''])[1];
  const kept = inner.replace(CONFIGURATION, (found) => (own.test(found) ? '' : found));
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  const body = `<NotificationConfiguration xmlns="${namespace}">${kept}${added}</NotificationConfiguration>`;
  await ask('s3', region, 'PUT', path, body);
}

async function work(event, context) {
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  const { FunctionName: name, BucketName: bucket, BucketConfigs: configurations } = event.ResourceProperties;
  const statement = `${name}-${bucket.replace(/[.:*]/g, '')}`.slice(0, STATEMENT_LENGTH_MAX);
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${name}`;
  if (event.RequestType === 'Delete') {
    await withdraw(region, name, statement);
    await notify(region, bucket, name, '');
    return;
  }
  await permit(region, name, statement, 's3.amazonaws.com', `arn:${partition}:s3:::${bucket}`, { SourceAccount: account });
  const before = event.OldResourceProperties;
  if (before && before.BucketName !== bucket) await notify(region, before.BucketName, before.FunctionName, '');
  await notify(region, bucket, name, configurations.map((one) => configuration(name, arn, one)).join(''));
}

exports.handler = handlerOf('CustomResourceExistingS3', work);
