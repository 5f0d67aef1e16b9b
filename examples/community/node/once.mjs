// Effects that happen once, by a record in DynamoDB. The records are those of `stratolite_patterns.events.Idempotency`:
// a function may be written anew in the other language, and what was done stays done.

import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const EXPIRES_S = 24 * 60 * 60;
const MARGIN_MS = 100;

export const dynamodb = new DynamoDBClient({});

const expiration = () => ({ N: String(Math.floor(Date.now() / 1000) + EXPIRES_S) });
const now_s = () => ({ N: String(Math.floor(Date.now() / 1000)) });

/** An entry of TransactItems that records a key as done, and fails the transaction if it was. */
export const inTransaction = (key) => ({
  Put: {
    TableName: process.env.DONE,
    Item: { id: { S: key }, status: { S: 'COMPLETED' }, expiration: expiration() },
    ConditionExpression: 'attribute_not_exists(#id) OR #expiration < :now_s',
    ExpressionAttributeNames: { '#id': 'id', '#expiration': 'expiration' },
    ExpressionAttributeValues: { ':now_s': now_s() },
  },
});

/** Do the work unless it was done. Throws what the work throws, after which the key is free again. */
export async function once(key, context, work) {
  const owner = randomUUID();
  if (!(await begin(key, owner, context))) return;
  try {
    await work();
  } catch (error) {
    await owned(DeleteItemCommand, key, owner, {}).catch(() => {}); // Then the attempt's time ends it.
    throw error;
  }
  await owned(UpdateItemCommand, key, owner, {
    UpdateExpression: 'SET #status = :completed',
    ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
    ExpressionAttributeValues: { ':completed': { S: 'COMPLETED' }, ':owner': { S: owner } },
  });
}

/** Whether the work is to be done. Throws while it is in progress elsewhere, so that the record comes again. */
async function begin(key, owner, context) {
  const until_ms = Date.now() + context.getRemainingTimeInMillis() + MARGIN_MS;
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: process.env.DONE,
        Item: {
          id: { S: key },
          status: { S: 'INPROGRESS' },
          expiration: expiration(),
          in_progress_expiration: { N: String(until_ms) },
          owner: { S: owner },
        },
        ConditionExpression:
          'attribute_not_exists(#id) OR #expiration < :now_s' +
          ' OR (#status = :in_progress AND #in_progress_expiration < :now_ms)',
        ExpressionAttributeNames: {
          '#id': 'id',
          '#expiration': 'expiration',
          '#status': 'status',
          '#in_progress_expiration': 'in_progress_expiration',
        },
        ExpressionAttributeValues: {
          ':now_s': now_s(),
          ':now_ms': { N: String(Date.now()) },
          ':in_progress': { S: 'INPROGRESS' },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
    if (error.Item?.status?.S === 'COMPLETED') return false;
    // A retry of the SDK whose first try did arrive finds the record of this very attempt.
    if (error.Item?.owner?.S !== owner) throw new Error(`${key} is in progress elsewhere`);
  }
  return true;
}

/** Change the record if it is still this attempt's. */
async function owned(Command, key, owner, change) {
  const input = {
    TableName: process.env.DONE,
    Key: { id: { S: key } },
    ConditionExpression: '#owner = :owner',
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: { ':owner': { S: owner } },
    ...change,
  };
  try {
    await dynamodb.send(new Command(input));
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
  }
}
