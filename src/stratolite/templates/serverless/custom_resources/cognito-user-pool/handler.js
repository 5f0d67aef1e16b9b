// The custom resource Custom::CognitoUserPool: a user pool that exists already calls a function.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
'use strict';

const { call, handlerOf, permit, withdraw } = require('../request');

const SENDERS = ['CustomSMSSender', 'CustomEmailSender'];
const STATEMENT_LENGTH_MAX = 100;
const POOLS_MAX = 60;
/** What a pool is said to have and cannot be given: UpdateUserPool sets all others, to nothing where they are left out. */
const FIXED = new Set([
  ...['Id', 'Name', 'Arn', 'Status', 'CreationDate', 'LastModifiedDate', 'EstimatedNumberOfUsers'],
  ...['SchemaAttributes', 'AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'],
  ...['Domain', 'CustomDomain', 'SmsConfigurationFailure', 'EmailConfigurationFailure'],
]);
const without = (map, isOut) => Object.fromEntries(Object.entries(map || {}).filter(([name, value]) => !isOut(name, value)));

const cognito = (region, name, request) => call('cognito-idp', region, `AWSCognitoIdentityProviderService.${name}`, request);

async function find(region, name) {
  const request = { MaxResults: POOLS_MAX };
  for (;;) {
    const { UserPools: pools, NextToken: token } = await cognito(region, 'ListUserPools', request);
    const found = pools.find((pool) => pool.Name === name);
    if (found) return found.Id;
    if (!token) return undefined;
    request.NextToken = token;
  }
}

/** The settings of a pool as an update wants them. */
function settings(pool) {
  const kept = without(pool, (name) => FIXED.has(name));
  const { UnusedAccountValidityDays: days, ...admin } = kept.AdminCreateUserConfig || {};
  if (kept.AdminCreateUserConfig) kept.AdminCreateUserConfig = admin;
  const policy = kept.Policies && kept.Policies.PasswordPolicy;
  // Its older name is refused beside the one that it has now.
  if (policy && days !== undefined && policy.TemporaryPasswordValidityDays === undefined) {
    policy.TemporaryPasswordValidityDays = days;
  }
  return kept;
}

/** Replace the triggers that call this function, and leave those that call others. */
async function trigger(region, id, arn, configurations) {
  const { UserPool: pool } = await cognito(region, 'DescribeUserPool', { UserPoolId: id });
  const triggers = without(pool.LambdaConfig, (name, value) => value === arn || (value && value.LambdaArn === arn));
  for (const { Trigger: name, LambdaVersion, KMSKeyID } of configurations) {
    triggers[name] = SENDERS.includes(name) ? { LambdaArn: arn, LambdaVersion } : arn;
    if (KMSKeyID) triggers.KMSKeyID = KMSKeyID;
  }
  if (!SENDERS.some((name) => name in triggers)) delete triggers.KMSKeyID;
  await cognito(region, 'UpdateUserPool', { ...settings(pool), UserPoolId: id, LambdaConfig: triggers });
}

async function work(event, context) {
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  const { FunctionName: name, UserPoolName: pool, UserPoolConfigs: configurations } = event.ResourceProperties;
  const statementOf = (pool) => `${name}-${pool.toLowerCase().replace(/[.:*\s]/g, '')}`.slice(0, STATEMENT_LENGTH_MAX);
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${name}`;
  const id = await find(region, pool);
  const leave = async (pool, id) => {
    await withdraw(region, name, statementOf(pool));
    // A pool that is gone calls nobody.
    if (id) await trigger(region, id, arn, []);
  };
  if (event.RequestType === 'Delete') return leave(pool, id);
  if (!id) throw new Error(`There is no user pool ${pool}.`);
  const before = event.OldResourceProperties;
  if (before && before.UserPoolName !== pool) await leave(before.UserPoolName, await find(region, before.UserPoolName));
  const source = `arn:${partition}:cognito-idp:${region}:${account}:userpool/${id}`;
  await permit(region, name, statementOf(pool), 'cognito-idp.amazonaws.com', source);
  return trigger(region, id, arn, configurations);
}

exports.handler = handlerOf('CustomResourceExistingCognitoUserPool', work);
