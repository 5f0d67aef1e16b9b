'use strict';

const DynamoDB = require('aws-sdk/clients/dynamodb');

const client = new DynamoDB.DocumentClient();

exports.handler = async () => {
  const { Items } = await client.scan({ TableName: process.env.NOTES_TABLE }).promise();
  return { statusCode: 200, body: JSON.stringify(Items) };
};
