import { controlPlaneConformance } from '@inference/contracts/conformance';
import { controlPlaneHarness, servePrivateApi } from '@inference/private-api/testing';
import { openControlPlane } from './testing/open-control-plane.ts';

controlPlaneConformance('HTTP', () => controlPlaneHarness(async (deps) => openControlPlane((await servePrivateApi(deps)).url)));
