/** An application that listens for HTTP, and a handler that asks it: as serverless-express does with Express. */
const http = require('node:http');

function matched(path, url) {
  const names = [];
  const pattern = path.replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)'));
  const found = new RegExp(`^${pattern}$`).exec(url.pathname);
  return found && Object.fromEntries(names.map((name, place) => [name, found[place + 1]]));
}

exports.application = () => {
  const layers = [];
  const app = async (request, response) => {
    const url = new URL(request.url, 'http://app');
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    Object.assign(request, { query: Object.fromEntries(url.searchParams), body: body && JSON.parse(body) });
    response.set = (name, value) => response.setHeader(name, value);
    response.status = (code) => Object.assign(response, { statusCode: code });
    response.json = (value) => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(JSON.stringify(value));
    };
    const next = (place) => {
      const layer = layers[place];
      if (!layer) return response.status(404).json({ message: `cannot ${request.method} ${url.pathname}` });
      const params = layer.path === undefined ? {} : layer.method === request.method && matched(layer.path, url);
      if (!params) return next(place + 1);
      request.params = params;
      return layer.work(request, response, () => next(place + 1));
    };
    next(0);
  };
  app.use = (work) => layers.push({ work });
  app.get = (path, work) => layers.push({ method: 'GET', path, work });
  app.post = (path, work) => layers.push({ method: 'POST', path, work });
  return app;
};

exports.lambda = (app) => {
  const server = http.createServer(app);
  const listening = new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
  return async (event) => {
    const query = event.rawQueryString ?? new URLSearchParams(event.queryStringParameters ?? {}).toString();
    const path = `${event.rawPath ?? event.path}${query ? `?${query}` : ''}`;
    const method = event.requestContext.http?.method ?? event.httpMethod;
    const answer = await fetch(`http://127.0.0.1:${await listening}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: event.body ? Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8') : undefined,
    });
    const headers = { 'content-type': answer.headers.get('content-type'), 'x-shop': answer.headers.get('x-shop') };
    return { statusCode: answer.status, headers, body: await answer.text() };
  };
};
