export default function handler(work) {
  return async function (event, context) {
    try {
      return { statusCode: 200, body: JSON.stringify(await work(event, context)) };
    } catch (error) {
      return { statusCode: 500, body: JSON.stringify({ error: error.message }) };
    }
  };
}
