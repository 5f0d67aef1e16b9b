'use strict';

const AWS = require('aws-sdk');

const isOffline = Boolean(process.env.IS_OFFLINE);
const keys = { accessKeyId: 'DEFAULT_ACCESS_KEY', secretAccessKey: 'DEFAULT_SECRET' };
const port = (name, usual) => process.env[`${name}_PORT`] || usual;

// With serverless-offline everything is on this machine; deployed, the endpoints of the region are named.
const dynamodb = new AWS.DynamoDB.DocumentClient(
  isOffline
    ? { region: 'localhost', endpoint: `http://localhost:${port('DYNAMODB', 8000)}`, ...keys }
    : { endpoint: 'https://dynamodb.us-west-2.amazonaws.com' },
);
const s3 = new AWS.S3(
  isOffline
    ? {
        s3ForcePathStyle: true,
        accessKeyId: 'S3RVER',
        secretAccessKey: 'S3RVER',
        endpoint: new AWS.Endpoint(`http://localhost:${port('S3', 4569)}`),
      }
    : { endpoint: 'https://s3.us-west-2.amazonaws.com', s3ForcePathStyle: false },
);
const sns = new AWS.SNS(
  isOffline
    ? { endpoint: `http://127.0.0.1:${port('SNS', 4002)}`, region: 'us-east-1' }
    : { endpoint: 'https://sns.us-west-2.amazonaws.com' },
);
const sqs = new AWS.SQS(isOffline ? { endpoint: `http://localhost:${port('SQS', 9324)}`, region: 'eu-west-1' } : {});
const lambda = new AWS.Lambda(
  isOffline
    ? { endpoint: `http://localhost:${port('LAMBDA', 3002)}`, region: 'us-east-1' }
    : { endpoint: 'lambda.us-west-2.amazonaws.com' },
);
const topic = isOffline
  ? 'arn:aws:sns:us-east-1:123456789012:todo-news'
  : `arn:aws:sns:us-west-2:${process.env.ACCOUNT || '000000000000'}:todo-news`;
const queue = isOffline
  ? `http://localhost:${port('SQS', 9324)}/queue/todo-reports`
  : 'https://us-west-2.queue.amazonaws.com/998877665544/todo-reports';

module.exports = { dynamodb, s3, sns, sqs, lambda, topic, queue, isOffline };
