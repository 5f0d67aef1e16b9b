'use strict';

const { sqs, queue } = require('./clients');

module.exports.handler = async ({ Records: [{ Sns }] }) => {
  await sqs.sendMessage({ QueueUrl: queue, MessageBody: JSON.parse(Sns.Message).text }).promise();
};
