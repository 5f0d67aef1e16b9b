exports.wrap = (text) => `* ${text} *`;
