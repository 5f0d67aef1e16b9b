'use strict';

const moment = require('moment');

module.exports.list = async () => ({ statusCode: 200, body: JSON.stringify({ now: moment().format() }) });

module.exports.book = async (event) => ({ statusCode: 201, body: event.body });
