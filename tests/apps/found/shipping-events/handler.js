exports.record = async (event) => {
  console.log('HEARD', JSON.stringify(event).slice(0, 80));
};

exports.settings = async () => ({ table: process.env.ORDERS_TABLE, carrier: process.env.CARRIER_URL });
