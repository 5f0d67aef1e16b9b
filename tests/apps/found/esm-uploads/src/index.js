import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

export async function handler(event) {
  for (const { s3 } of event.Records) {
    const Item = { key: { S: s3.object.key }, size: { N: String(s3.object.size) } };
    await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item }));
  }
}
