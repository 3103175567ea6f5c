import { pagePolicy } from '@inference/service';
import type { RequestHandler } from 'express';

/** Clients of the original look for "Hello world". */
const GREETING = { message: 'Hello world - this is InferenceServer. Its API is described at /docs.' };

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>InferenceServer</title>
  <style>body { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem }</style>
</head>
<body>
  <h1>InferenceServer</h1>
  <p>Hello world - send a zip, get a zip.</p>
  <ul>
    <li><a href="/docs">Try the API in the browser</a></li>
    <li><a href="/openapi.json">OpenAPI document</a></li>
  </ul>
</body>
</html>
`;
const POLICY = pagePolicy(PAGE);

/** Greets programs with JSON, and browsers (which prefer `text/html`) with a page. */
export const welcome: RequestHandler = (req, res) => {
  res.vary('accept');
  if (req.accepts(['json', 'html']) === 'html') res.set('content-security-policy', POLICY).type('html').send(PAGE);
  else res.json(GREETING);
};
