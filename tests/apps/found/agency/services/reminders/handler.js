'use strict';

module.exports.remind = async () => {
  console.log('reminded');
};
