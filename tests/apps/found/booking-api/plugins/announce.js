'use strict';

class Announce {
  constructor(serverless) {
    this.hooks = { 'after:deploy:deploy': () => serverless.cli.log('Deployed, tell the others.') };
  }
}

module.exports = Announce;
