'use strict';

module.exports.show = (event, context, callback) => {
  const { TABLE, BUCKET, SENTRY_DSN, SLACK_HOOK, MAPS_KEY, SIGNING_KEY, USER_POOL, CDN, BUILD } = process.env;
  const body = { id: event.pathParameters.id, TABLE, BUCKET, SENTRY_DSN, SLACK_HOOK, MAPS_KEY, SIGNING_KEY, USER_POOL, CDN, BUILD };
  callback(null, { statusCode: 200, body: JSON.stringify(body) });
};
