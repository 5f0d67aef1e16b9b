module.exports = (text) => `Dear reader, ${text}`;
