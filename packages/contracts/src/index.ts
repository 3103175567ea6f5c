export type { ClaimedAttempt, ClaimRequest, ConsumerInfo, ControlPlane, Lease, LogTails, RenewReply } from './control-plane.ts';
export { LEGACY_OPENAPI, PRIVATE_OPENAPI } from './legacy-openapi.ts';
