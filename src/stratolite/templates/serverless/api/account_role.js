// A custom resource: sets the role with which API Gateway writes logs, for the whole account, where it has another one.
// Runs as a Lambda function on AWS, with the SDK that the runtime brings.
const https = require('https');
const { APIGatewayClient, GetAccountCommand, UpdateAccountCommand } = require('@aws-sdk/client-api-gateway');
const {
  IAMClient,
  AttachRolePolicyCommand,
  CreateRoleCommand,
  ListAttachedRolePoliciesCommand,
} = require('@aws-sdk/client-iam');

const ROLE_NAME = 'serverlessApiGatewayCloudWatchRole';
const ATTEMPTS_MAX = 10;
const PAUSE_MS = 10_000;

async function madeRole(partition, account) {
  const iam = new IAMClient({});
  const policy = `arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`;
  let attached = [];
  try {
    attached = (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: ROLE_NAME }))).AttachedPolicies || [];
  } catch (error) {
    if (!error.name.startsWith('NoSuchEntity')) throw error;
    const principal = { Service: ['apigateway.amazonaws.com'] };
    const statement = { Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole'] };
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new CreateRoleCommand({ RoleName: ROLE_NAME, Path: '/', AssumeRolePolicyDocument: trust }));
  }
  if (!attached.some((one) => one.PolicyArn === policy)) {
    await iam.send(new AttachRolePolicyCommand({ RoleName: ROLE_NAME, PolicyArn: policy }));
  }
  return `arn:${partition}:iam::${account}:role/${ROLE_NAME}`;
}

async function setRole(event, context) {
  const [, partition, , , account] = context.invokedFunctionArn.split(':');
  const gateway = new APIGatewayClient({});
  const role = event.ResourceProperties.RoleArn || (await madeRole(partition, account));
  if ((await gateway.send(new GetAccountCommand({}))).cloudwatchRoleArn === role) return;
  const patchOperations = [{ op: 'replace', path: '/cloudwatchRoleArn', value: role }];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await gateway.send(new UpdateAccountCommand({ patchOperations }));
      return;
    } catch (error) {
      // A role that has just been made cannot be assumed at once.
      if (attempt === ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function answer(event, context, status, reason) {
  const body = JSON.stringify({
    Status: status,
    Reason: reason,
    PhysicalResourceId: event.PhysicalResourceId || 'CustomResourceApiGatewayAccountCloudWatchRole',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const request = https.request(event.ResponseURL, { method: 'PUT', headers }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
    request.end(body);
  });
}

exports.handler = async (event, context) => {
  try {
    if (event.RequestType === 'Create') await setRole(event, context);
    await answer(event, context, 'SUCCESS', `See the log ${context.logStreamName}`);
  } catch (error) {
    console.error(error);
    await answer(event, context, 'FAILED', `${error.name}: ${error.message}`);
  }
};
