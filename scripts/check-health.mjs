// The health check of the images: exits with 0 when this container's service answers 200 on a path.
//
//   node scripts/check-health.mjs /livez

import { get } from 'node:http';

const [, , path] = process.argv;
const request = get({ host: '127.0.0.1', port: process.env.PORT, path }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1));
request.on('error', () => process.exit(1));
