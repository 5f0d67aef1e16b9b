exports.handler = async () => 1; exports.guard = async () => 1;
