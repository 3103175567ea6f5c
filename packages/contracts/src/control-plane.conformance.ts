import { describe } from 'vitest';
import { claimConformance } from './conformance/claims.conformance.ts';
import { helloConformance } from './conformance/hellos.conformance.ts';
import { leaseConformance } from './conformance/leases.conformance.ts';
import { liveOutputConformance } from './conformance/live-output.conformance.ts';
import { reportConformance } from './conformance/reports.conformance.ts';
import { uploadConformance } from './conformance/uploads.conformance.ts';
import type { OpenHarness } from './testing/control-plane-harness.ts';

export type { ControlPlaneHarness } from './testing/control-plane-harness.ts';

/** What every adapter of `ControlPlane` promises. `open` makes an empty platform; the running test's end takes it down. */
export function controlPlaneConformance(name: string, open: OpenHarness): void {
  describe(`${name} as a control plane`, () => {
    claimConformance(open);
    reportConformance(open);
    liveOutputConformance(open);
    leaseConformance(open);
    helloConformance(open);
    uploadConformance(open);
  });
}
