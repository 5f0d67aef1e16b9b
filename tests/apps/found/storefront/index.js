const { application, lambda } = require('tiny-web');

const app = application();
const products = [{ id: '1', name: 'Teapot' }];

app.use((request, response, next) => {
  response.set('x-shop', 'storefront');
  next();
});
app.get('/', (request, response) => response.json({ shop: 'storefront' }));
app.get('/products/:id', (request, response) => {
  const product = products.find(({ id }) => id === request.params.id);
  if (!product) return response.status(404).json({ message: 'no such product' });
  return response.json({ ...product, currency: request.query.currency ?? 'EUR' });
});
app.post('/products', (request, response) => {
  const product = { id: String(products.length + 1), ...request.body };
  products.push(product);
  response.status(201).json(product);
});

module.exports.handler = lambda(app);
