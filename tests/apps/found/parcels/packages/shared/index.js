const codes = require('parcel-codes');

exports.track = (code) => ({ code, country: codes.countryOf(code), where: 'depot' });
