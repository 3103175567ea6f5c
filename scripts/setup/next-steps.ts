import type { Choices } from './environment-file.ts';

/** What whoever set up an installation reads: what was made, and what to type next. No secret is in it. */
export function nextSteps({ domain, legacyAnonymous, dockerGroup }: Choices): string {
  const who = legacyAnonymous ? 'Clients without a key may post tasks.' : 'Every client needs a key.';
  const noSocket = `
This machine has no Docker socket: once it has, set DOCKER_GID in .env to its group (stat -c %g /var/run/docker.sock).
`;
  return `Wrote .env, which only you can read: fresh secrets for this installation. ${who}
The key that may do everything is ADMIN_KEY in .env; nothing else has it.
${dockerGroup === null ? noSocket : ''}
Next:
  sh traefik/certs/generate-self-signed.sh ${domain}   a certificate to begin with (docs/tls.md: your own, or Let's Encrypt)
  docker compose up -d --build
  curl -k https://${domain}/livez`;
}
