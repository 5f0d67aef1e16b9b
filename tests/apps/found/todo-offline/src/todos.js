'use strict';

const https = require('https');
const { dynamodb, s3, sns, lambda, topic, isOffline } = require('./clients');

const TableName = process.env.TODOS_TABLE;

module.exports.create = async (event) => {
  const todo = { ...JSON.parse(event.body), id: String(Date.now()) };
  await dynamodb.put({ TableName, Item: todo }).promise();
  await s3.putObject({ Bucket: 'todo-attachments-dev', Key: `${todo.id}.txt`, Body: todo.text }).promise();
  await sns.publish({ TopicArn: topic, Message: JSON.stringify(todo) }).promise();
  return { statusCode: 201, body: JSON.stringify(todo) };
};

module.exports.list = async () => {
  const { Items } = await dynamodb.scan({ TableName }).promise();
  const texts = Items.map(async ({ id }) => {
    const { Body } = await s3.getObject({ Bucket: 'todo-attachments-dev', Key: `${id}.txt` }).promise();
    return Body.toString();
  });
  return { statusCode: 200, body: JSON.stringify(await Promise.all(texts)) };
};

/** Asks its own API by the host that it has on AWS, and another function by Lambda's. */
module.exports.where = (event, context, callback) => {
  https.get(`${process.env.API}/todos`, (response) => {
    let body = '';
    response.on('data', (data) => { body += data; }).on('end', async () => {
      const request = { FunctionName: 'todo-offline-dev-list', Payload: '{}' };
      const invoked = await lambda.invoke(request).promise();
      callback(null, { isOffline, api: JSON.parse(body), invoked: JSON.parse(JSON.parse(invoked.Payload).body) });
    });
  }).on('error', callback);
};
