'use strict';

module.exports.send = async (event) => {
  for (const record of event.Records) {
    console.log(`invoice sent: ${record.body}`);
  }
};
