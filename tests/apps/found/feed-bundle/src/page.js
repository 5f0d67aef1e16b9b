import page from './page.html';

export async function main() {
  return { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: page };
}
