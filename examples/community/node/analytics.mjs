// On all events: how often each kind of thing happened on a day, and a metric of it.
//
// Counting is not idempotent by nature, so each count and the mark that it was done are one transaction.

import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { consumer, metric } from './consumer.mjs';
import { dynamodb, inTransaction } from './once.mjs';

const COUNTED = new Set(['user.created', 'post.written', 'upload.finished']);

export const handler = consumer(async (event) => {
  if (!COUNTED.has(event.type)) return;
  const day = new Date(event.time).toISOString().slice(0, 10);
  const TransactItems = [inTransaction(`analytics#${event.id}`), { Update: oneMore(day, event.type) }];
  try {
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
  } catch (error) {
    if (error.CancellationReasons?.[0]?.Code !== 'ConditionalCheckFailed') throw error;
    return; // It was counted before.
  }
  metric(event.type);
});

/** An update that makes the item where it is not there: ADD begins at 0. */
const oneMore = (day, type) => ({
  TableName: process.env.TABLE,
  Key: { pk: { S: `COUNT#${day}` }, sk: { S: `TYPE#${type}` } },
  UpdateExpression: 'ADD #count :one SET #entity = :entity, #day = :day, #type = :type',
  ExpressionAttributeNames: { '#count': 'count', '#entity': 'entity', '#day': 'day', '#type': 'type' },
  ExpressionAttributeValues: {
    ':one': { N: '1' },
    ':entity': { S: 'COUNT' },
    ':day': { S: day },
    ':type': { S: type },
  },
});
