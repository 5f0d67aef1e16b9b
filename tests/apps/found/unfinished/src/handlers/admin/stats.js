'use strict';

let calls = 0;

exports.v1 = {
  handler: async () => {
    calls += 1;
    return { statusCode: 200, body: JSON.stringify({ calls }) };
  },
};
