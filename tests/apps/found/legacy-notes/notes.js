'use strict';

var AWS = require('aws-sdk');

var dynamoDb = new AWS.DynamoDB.DocumentClient();

function respond(statusCode, body) {
  return {
    statusCode: statusCode,
    headers: { 'Access-Control-Allow-Origin': '*' },
    body: JSON.stringify(body),
  };
}

module.exports.create = function (event, context, callback) {
  var note = JSON.parse(event.body);
  if (typeof note.text !== 'string') {
    callback(null, respond(400, { message: 'Could not create the note.' }));
    return;
  }
  note.id = context.awsRequestId;

  dynamoDb.put({ TableName: process.env.NOTES_TABLE, Item: note }, function (error) {
    if (error) {
      callback(null, respond(error.statusCode || 501, { message: error.message }));
      return;
    }
    callback(null, respond(200, note));
  });
};

module.exports.get = (event, context, callback) => {
  dynamoDb
    .get({ TableName: process.env.NOTES_TABLE, Key: { id: event.pathParameters.id } })
    .promise()
    .then((result) => callback(null, respond(result.Item ? 200 : 404, result.Item || null)))
    .catch((error) => callback(error));
};
