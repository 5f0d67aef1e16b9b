// The custom resource Custom::EventBridge: a rule that calls a function, and its bus.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
'use strict';

const { createHash } = require('crypto');
const { Refused, call, handlerOf, permit, withdraw } = require('../request');

const NAME_LENGTH_MAX = 64;
const STATEMENT_LENGTH_MAX = 100;
const SUFFIX = 'target';
const events = (region, name, request) => call('events', region, `AWSEvents.${name}`, request);
const nameOf = (bus) => (bus && bus.startsWith('arn') ? bus.slice(bus.indexOf('/') + 1) : bus);
const isMade = (bus) => bus && bus !== 'default' && !bus.startsWith('arn');

function targetOf(rule) {
  const id = `${rule}-${SUFFIX}`;
  if (id.length <= NAME_LENGTH_MAX) return id;
  return `${id.slice(0, 31 - SUFFIX.length)}${createHash('md5').update(id).digest('hex')}-${SUFFIX}`;
}

/** What a target is given instead of the event itself. */
function inputOf({ Input, InputPath, InputTransformer }) {
  if (Input) return { Input: JSON.stringify(Input) };
  if (InputPath) return { InputPath };
  return InputTransformer ? { InputTransformer } : {};
}

/** Ask for what may be there already, or be gone. */
async function unless(refusal, asked) {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof Refused) || !refusal.test(error.message)) throw error;
  }
}

const statementOf = (name, rule) => `${name}-${rule.toLowerCase().replace(/[.:*]/g, '')}`.slice(0, STATEMENT_LENGTH_MAX);

async function make(region, partition, account, name, config) {
  const { RuleName: rule, EventBus: bus, Pattern, Schedule, State } = config;
  const EventBusName = nameOf(bus);
  const place = `arn:${partition}:events:${region}:${account}:rule/${EventBusName ? `${EventBusName}/` : ''}${rule}`;
  await permit(region, name, statementOf(name, rule), 'events.amazonaws.com', place);
  if (isMade(bus)) await unless(/ResourceAlreadyExists/, events(region, 'CreateEventBus', { Name: bus }));
  const EventPattern = Pattern && JSON.stringify(Pattern);
  await events(region, 'PutRule', { Name: rule, EventBusName, EventPattern, ScheduleExpression: Schedule, State });
  const Arn = `arn:${partition}:lambda:${region}:${account}:function:${name}`;
  const target = { Arn, Id: targetOf(rule), ...inputOf(config) };
  await events(region, 'PutTargets', { Rule: rule, EventBusName, Targets: [target] });
}

async function remove(region, name, { RuleName: rule, EventBus: bus }) {
  const EventBusName = nameOf(bus);
  await withdraw(region, name, statementOf(name, rule));
  const targets = { Ids: [targetOf(rule)], Rule: rule, EventBusName };
  await unless(/ResourceNotFound/, events(region, 'RemoveTargets', targets));
  await unless(/ResourceNotFound/, events(region, 'DeleteRule', { Name: rule, EventBusName }));
  if (!isMade(bus)) return;
  // The last of its rules takes it along.
  await unless(/ResourceNotFound|it has rules/, events(region, 'DeleteEventBus', { Name: bus }));
}

async function work(event, context) {
  const [, partition, , region, account] = context.invokedFunctionArn.split(':');
  const { FunctionName: name, EventBridgeConfig: config } = event.ResourceProperties;
  if (event.RequestType === 'Delete') return remove(region, name, config);
  const before = event.OldResourceProperties;
  const old = before && before.EventBridgeConfig;
  const isOther = old && (old.RuleName !== config.RuleName || old.EventBus !== config.EventBus);
  if (isOther || (old && before.FunctionName !== name)) await remove(region, before.FunctionName, old);
  return make(region, partition, account, name, config);
}

exports.handler = handlerOf('CustomResourceEventBridge', work);
