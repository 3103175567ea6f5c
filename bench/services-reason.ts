import { has, REQUIREMENTS, type Requirement } from '@inference/testing/requirements';

/** Why the services cannot be measured here, or null where they can. */
export function servicesReason(needed: readonly Requirement[] = ['rabbitmq', 'bubblewrap']): string | null {
  const missing = needed.find((requirement) => !has(requirement));
  return missing === undefined ? null : `${REQUIREMENTS[missing].missing}.`;
}
