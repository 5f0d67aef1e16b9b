const fs = require('fs');
const path = require('path');
const { track } = require('@parcels/shared');
const router = require('tiny-router');

const carriers = JSON.parse(fs.readFileSync(path.join(__dirname, '../config/carriers.json')));

exports.handler = router.get('code', (code) => {
  const parcel = track(code);
  return { ...parcel, carrier: carriers[parcel.country], files: fs.readdirSync(path.join(__dirname, '../config')) };
});
