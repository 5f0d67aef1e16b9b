import { formatJSONResponse, type ValidatedEvent } from '@libs/apiGateway';

const hello = async (event: ValidatedEvent) => {
  const { name } = JSON.parse(event.body) as { name: string };
  return formatJSONResponse({ message: `${process.env.GREETING} ${name}` });
};

export const main = hello;
