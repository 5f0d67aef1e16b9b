'use strict';

class Audit {
  constructor() {
    this.hooks = { 'before:package:finalize': () => console.log('audited') };
  }
}

module.exports = Audit;
