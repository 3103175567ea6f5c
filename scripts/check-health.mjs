// The health check of the images: prints what this container's service answers on a path, and exits with 0 when that is a 200.
//
//   node scripts/check-health.mjs /livez
//   node scripts/check-health.mjs '/readyz?verbose'

import { get } from 'node:http';

const [, , path] = process.argv;
const request = get({ host: '127.0.0.1', port: process.env.PORT, path }, (answer) => {
  if (answer.statusCode !== 200) process.exitCode = 1;
  answer.pipe(process.stdout);
});
request.on('error', (error) => {
  process.stdout.write(`${error.message}\n`);
  process.exitCode = 1;
});
