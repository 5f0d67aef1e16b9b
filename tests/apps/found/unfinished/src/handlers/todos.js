'use strict';

const todos = [];

exports.list = async () => ({ statusCode: 200, body: JSON.stringify(todos) });

exports.create = async (event) => {
  todos.push(JSON.parse(event.body));
  return { statusCode: 201, body: event.body };
};
