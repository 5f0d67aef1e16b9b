'use strict';

const { greeting } = require('greetings');

module.exports.handler = async (event) => {
  const text = greeting(event.pathParameters.language);
  return { statusCode: text ? 200 : 404, body: JSON.stringify({ text }) };
};
