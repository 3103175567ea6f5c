/** What is wrong with the name under which clients shall reach the server, or null. */
export function domainFault(domain: string): string | null {
  const isName = domain.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i.test(domain);
  return isName ? null : 'must be a name such as models.lab.example or localhost, without http:// and without a port';
}
