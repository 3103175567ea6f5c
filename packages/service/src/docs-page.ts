import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import swaggerUi from 'swagger-ui-express';

/** The bar is there to choose a document, not to show whose page it is. */
const LIGHT_BAR =
  '.swagger-ui .topbar { background: #f4f4f4 } .swagger-ui .topbar .link { display: none } .swagger-ui .topbar label span { color: #333 }';

/** The script's logo, which the bar hides, has a style of its own; docs.test.ts finds out when another version has another one. */
const LOGO_STYLE = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

export type DocsPage = {
  /** Serves the page itself. */
  readonly page: RequestHandler;
  /** Serves one of its files, from `/docs/` and a name of `DOCS_ASSETS`. */
  readonly asset: RequestHandler;
};

/** A document that the page can show: what it is called, and where it is served. */
export type DocsDocument = { readonly name: string; readonly url: string };

/**
 * The interactive API page. It loads nothing from other hosts, and no query parameter of its address makes it load another document than
 * these (a link could otherwise show an attacker's API under our name). It begins with the first.
 */
export function createDocsPage(documents: readonly [DocsDocument, ...DocsDocument[]]): DocsPage {
  const options: swaggerUi.SwaggerUiOptions = {
    customSiteTitle: 'InferenceServer API',
    explorer: true,
    customCss: LIGHT_BAR,
    swaggerOptions: {
      // Win over the document that the page's script takes from its own address. With a list, the bar has no field for an address.
      url: documents[0].url,
      urls: documents,
      queryConfigEnabled: false,
      // Without it the page would send the document to validator.swagger.io.
      validatorUrl: null,
      tryItOutEnabled: true,
    },
  };
  // The page is served at /docs, without a redirect to /docs/: its relative links must not depend on the slash.
  const html = withoutStyleAttributes(swaggerUi.generateHTML(undefined, options)).replaceAll('="./', '="/docs/');
  const policy = pagePolicy(html, [LOGO_STYLE]);
  return {
    page: (_req, res) => {
      res.set({ 'content-security-policy': policy, 'cache-control': 'no-cache' }).type('html').send(html);
    },
    asset: Router().use('/docs', ...swaggerUi.serveFiles(undefined, options)),
  };
}

/** Allows the page's own files and its inline styles, by their hashes, and nothing else. `otherStyles`: hashes of what scripts add. */
export function pagePolicy(html: string, otherStyles: readonly string[] = []): string {
  const styles = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, css = '']) => `'sha256-${sha256(css)}'`);
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${[...styles, ...otherStyles].join(' ')}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The one attribute there is hides the icons' definitions; the policy does not allow attributes, only whole style elements. */
function withoutStyleAttributes(html: string): string {
  return html.replaceAll(' style="position:absolute;width:0;height:0"', ' width="0" height="0"');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
