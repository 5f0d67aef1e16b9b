'use strict';

module.exports.handler = async () => 'reminded';
