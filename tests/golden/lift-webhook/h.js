exports.auth = exports.book = async () => ({});
