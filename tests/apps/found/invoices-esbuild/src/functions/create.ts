import { total, type Line } from '../total';

export const handler = async (event: { body: string }) => {
  const lines: Line[] = JSON.parse(event.body);
  return { statusCode: 201, body: JSON.stringify({ total: total(lines) }) };
};
