/** What to say at the start on a system that is not Linux; null on Linux. */
export function platformNotice(platform: NodeJS.Platform): string | null {
  if (platform === 'linux') return null;
  return `this is ${platform}, and Linux is what is supported: here models run in containers only, so Docker is needed`;
}
