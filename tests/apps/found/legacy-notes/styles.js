'use strict';

// What people wrote in the days of Node.js 4 to 8.

exports.done = (event, context) => {
  if (event.how === 'succeed') context.succeed({ by: 'succeed' });
  else if (event.how === 'fail') context.fail(new Error('by fail'));
  else setTimeout(() => context.done(null, { by: 'done' }), 1);
};

let connection;
let connected = 0;

exports.warm = (event, context, callback) => {
  // A connection that stays open must not keep the answer back.
  context.callbackWaitsForEmptyEventLoop = false;
  if (!connection) {
    connection = setInterval(() => {}, 1000);
    connected += 1;
  }
  callback(null, { connected });
};

let ticks = 0;

exports.ticking = async (event) => {
  if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
  // Goes on when the environment thaws.
  else setTimeout(() => (ticks += 1), 5);
  return { ticks };
};

exports.exits = () => process.exit(3);

exports.forgets = async () => {
  Promise.reject(new TypeError('nobody waits for this'));
  await new Promise((resolve) => setTimeout(resolve, 50));
};

exports.throws = () => {
  throw new RangeError('at once');
};
