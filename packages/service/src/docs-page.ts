import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import swaggerUi from 'swagger-ui-express';

export type DocsPage = {
  /** Serves the page itself. */
  readonly page: RequestHandler;
  /** Serves one of its files, from `/docs/` and a name of `DOCS_ASSETS`. */
  readonly asset: RequestHandler;
};

/**
 * The interactive API page. It loads nothing from other hosts, and no query parameter of its address makes it load another document
 * (a link could otherwise show an attacker's API under our name).
 *
 * @param documentPath where the OpenAPI document is served
 */
export function createDocsPage(documentPath: string): DocsPage {
  const options: swaggerUi.SwaggerUiOptions = {
    customSiteTitle: 'InferenceServer API',
    customCss: '',
    swaggerOptions: {
      // Wins over the document that the page's script takes from its own address.
      url: documentPath,
      queryConfigEnabled: false,
      // Without it the page would send the document to validator.swagger.io.
      validatorUrl: null,
      // The layout without the bar in which another document's address can be typed.
      layout: 'BaseLayout',
      tryItOutEnabled: true,
    },
  };
  // The page is served at /docs, without a redirect to /docs/: its relative links must not depend on the slash.
  const html = withoutStyleAttributes(swaggerUi.generateHTML(undefined, options)).replaceAll('="./', '="/docs/');
  const policy = pagePolicy(html);
  return {
    page: (_req, res) => {
      res.set({ 'content-security-policy': policy, 'cache-control': 'no-cache' }).type('html').send(html);
    },
    asset: Router().use('/docs', ...swaggerUi.serveFiles(undefined, options)),
  };
}

/** Allows the page's own files and its inline styles, by their hashes, and nothing else. */
export function pagePolicy(html: string): string {
  const styles = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, css = '']) => `'sha256-${sha256(css)}'`);
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${styles.join(' ')}`,
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
