'use strict';

const GREETINGS = { en: 'hello', fr: 'bonjour', hi: 'namaste' };

exports.greeting = (language) => GREETINGS[language];
