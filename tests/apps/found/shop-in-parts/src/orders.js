const { ORDERS_TABLE, SHOP_NAME, MAX_ITEMS, CONTACT, MOTD, LEVEL } = process.env;

exports.create = async (event) => {
  const { items } = JSON.parse(event.body);
  const statusCode = items.length > Number(MAX_ITEMS) ? 422 : 201;
  return { statusCode, body: JSON.stringify({ table: ORDERS_TABLE, items: items.length }) };
};

exports.count = async () => ({ SHOP_NAME, MAX_ITEMS, CONTACT, MOTD, LEVEL });
