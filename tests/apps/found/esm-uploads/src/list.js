export const handler = async () => {
  const { DynamoDB } = await import('@aws-sdk/client-dynamodb');
  const { Items } = await new DynamoDB({}).scan({ TableName: process.env.TABLE });
  return Items.map((item) => ({ key: item.key.S, size: Number(item.size.N) }));
};
