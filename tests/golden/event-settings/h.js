exports.handler = async () => ({});
exports.auth = async () => ({});
