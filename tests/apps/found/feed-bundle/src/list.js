import handler from 'lib/handler';

const posts = [{ title: 'First', at: '2021-02-03' }, { title: 'Second', at: '2021-03-04' }];

export const main = handler(async (event) => {
  const newest = [...posts].sort((one, other) => other.at.localeCompare(one.at));
  return { title: process.env.FEED_TITLE, posts: newest.map(({ title }) => title), q: event.queryStringParameters?.q };
});
