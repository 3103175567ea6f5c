import { controlPlaneConformance } from '@inference/contracts/conformance';
import { directControlPlane } from './direct-control-plane.ts';
import { controlPlaneHarness } from './testing/control-plane-harness.ts';

controlPlaneConformance('the direct call', () => controlPlaneHarness(async (deps) => directControlPlane(deps)));
