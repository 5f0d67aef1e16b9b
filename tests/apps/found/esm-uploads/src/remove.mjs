import * as dynamodb from '@aws-sdk/client-dynamodb';

const client = new dynamodb.DynamoDB({});

export const handler = async ({ pathParameters }) => {
  await client.deleteItem({ TableName: process.env.TABLE, Key: { key: { S: pathParameters.key } } });
  return { statusCode: 204 };
};
