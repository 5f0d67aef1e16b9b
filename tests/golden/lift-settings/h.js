exports.worker = exports.api = async () => ({});
