export type { ClaimedAttempt, ClaimRequest, ConsumerInfo, ControlPlane, Lease, LogTails, RenewReply } from './control-plane.ts';
