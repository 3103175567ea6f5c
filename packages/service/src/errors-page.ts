import { ERRORS, type ErrorCode, problemStatus } from '@inference/domain';
import type { RequestHandler } from 'express';
import { pagePolicy } from './docs-page.ts';

const STYLE =
  'body { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem }';

/** The page that the `type` of a problem leads to: every code, with its status under /api/v1 and what it says. Needs no other host. */
export const errorsPage: RequestHandler = (_request, response) => {
  response.set({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' }).type('html').send(PAGE);
};

function section(code: ErrorCode): string {
  return `<h2 id="${code}">${code}</h2>\n<p>${problemStatus(code)}: ${escaped(ERRORS[code].message)}</p>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors of InferenceServer</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Errors</h1>
<p>What the codes of refusals under /api/v1 mean. The sentence in an answer says more.</p>
${(Object.keys(ERRORS) as ErrorCode[]).map(section).join('\n')}
</body>
</html>
`;
const POLICY = pagePolicy(PAGE);
