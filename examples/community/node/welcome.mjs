// On user.created: an e-mail of welcome. Once for each user, however often the event is delivered.

import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { consumer } from './consumer.mjs';
import { once } from './once.mjs';

const mail = new SESv2Client({});

export const handler = consumer(async (event, { log, context }) => {
  if (event.type !== 'user.created') throw new Error(`nobody handles ${event.type} (version ${event.version})`);
  await once(`welcome#${event.id}`, context, async () => {
    const Subject = { Data: `Welcome, ${event.data.name}` };
    const Body = { Text: { Data: 'It is good to have you here. Write something!' } };
    await mail.send(
      new SendEmailCommand({
        FromEmailAddress: process.env.SENDER,
        Destination: { ToAddresses: [event.data.email] },
        Content: { Simple: { Subject, Body } },
      }),
    );
    log('INFO', 'welcomed', { user: event.data.id });
  });
});
