// A handler of a queue of events: each record by itself, structured logs, metrics in the embedded format.

const SERVICE = process.env.POWERTOOLS_SERVICE_NAME ?? 'community';
const NAMESPACE = process.env.POWERTOOLS_METRICS_NAMESPACE ?? 'Community';
const RESERVED_MS = 1000; // What is left of the time when no further record is begun.
const REQUIRED = ['id', 'type', 'time', 'version', 'data'];

let isCold = true;

/** The event of a message: as it was published, or in the notification that SNS makes of it. Throws what is none. */
export function read(text) {
  const payload = JSON.parse(text);
  if (payload?.Type === 'Notification' && 'Message' in payload) return read(payload.Message);
  const missing = REQUIRED.filter((name) => payload?.[name] === undefined);
  if (missing.length) throw new Error(`${missing.join(', ')}: missing`);
  return payload;
}

/** A line of the log that is JSON and nothing else: what console.log writes has a time and an id before it. */
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** One metric, as a line of the log that CloudWatch reads. */
export function metric(name, value = 1, dimensions = {}) {
  const all = { service: SERVICE, ...dimensions };
  const metrics = [{ Namespace: NAMESPACE, Dimensions: [Object.keys(all)], Metrics: [{ Name: name, Unit: 'Count' }] }];
  write({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: metrics }, ...all, [name]: [value] });
}

/** A Lambda handler: what fails is delivered again, and nothing else. `handle(event, { log, context })` does the work. */
export function consumer(handle) {
  return async (batch, context) => {
    const log = (level, message, more = {}) =>
      write({
        level,
        message,
        timestamp: new Date().toISOString(),
        service: SERVICE,
        cold_start: isCold,
        function_name: context.functionName,
        function_request_id: context.awsRequestId,
        ...more,
      });
    if (isCold) metric('ColdStart', 1, { function_name: context.functionName });
    const failed = [];
    for (const record of batch.Records) {
      try {
        if (context.getRemainingTimeInMillis() < RESERVED_MS) throw new Error('no time is left in this batch');
        await handle(read(record.body), { log, context });
      } catch (error) {
        log('ERROR', `the record ${record.messageId} failed: ${error.message}`, { exception: error.stack });
        failed.push({ itemIdentifier: record.messageId });
      }
    }
    isCold = false;
    // The answer would say the same, but the function's error metric shows it.
    if (failed.length === batch.Records.length) throw new Error(`${failed.length} record(s) failed`);
    return { batchItemFailures: failed };
  };
}
