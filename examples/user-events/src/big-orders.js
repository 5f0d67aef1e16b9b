// Sees orders over 100. Reads with version 3 of the AWS SDK and writes with version 2, to show that both work.
'use strict';

const AWS = require('aws-sdk');
const { DynamoDBClient, DescribeTableCommand } = require('@aws-sdk/client-dynamodb');

const documents = new AWS.DynamoDB.DocumentClient();
const client = new DynamoDBClient({});

exports.handler = async (event) => {
  const TableName = process.env.EVENTS_TABLE;
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  for (const { Sns } of event.Records) {
    await documents
      .put({ TableName, Item: { subscriber: 'bigOrders', eventId: Sns.MessageId, message: Sns.Message } })
      .promise();
    console.log(`bigOrders saw ${Sns.MessageId} in ${Table.TableName}`);
  }
};
