import { runProgram } from '../machine/run-program.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';
import type { EngineInfo } from './look-at-docker.ts';

const INSTALL_TOOLKIT =
  'Install the NVIDIA container toolkit: https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html';
const CONFIGURE = 'sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker';

/** Looks which GPUs this machine has, and whether Docker can give them to containers. */
export async function lookAtGpus(engine: EngineInfo | null): Promise<Finding> {
  const listed = await runProgram('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']);
  if (listed.kind === 'missing') return fine('gpu', 'None: nvidia-smi is not there. Models that need one cannot run here.');
  if (listed.kind === 'failed')
    return broken(
      'gpu',
      `The driver does not answer: ${listed.text}`,
      'Run nvidia-smi by hand; after an update of the driver: sudo reboot',
    );
  const gpus = listed.stdout.split('\n').filter((line) => line.trim() !== '' && !/^no devices were found$/i.test(line.trim()));
  if (gpus.length === 0) return fine('gpu', 'None, though a driver is installed. Models that need one cannot run here.');
  const shown = `${gpus.length}: ${gpus[0]?.trim()}`;
  if (engine === null) return fine('gpu', `${shown}. Whether Docker can use them is not known: it does not answer.`);
  const toolkit = await runProgram('nvidia-ctk', ['--version']);
  const version = toolkit.kind === 'ended' ? (/\d+\.\d+\.\d+/.exec(toolkit.stdout)?.[0] ?? '') : '';
  if (engine.runtimes.includes('nvidia') || engine.hasNvidiaDevices)
    return fine('gpu', `${shown}; Docker can use them${version === '' ? '' : ` (container toolkit ${version})`}.`);
  if (toolkit.kind === 'missing')
    return broken(
      'gpu',
      `${shown}; seen by this machine, but not by Docker: the container toolkit is missing.`,
      `${INSTALL_TOOLKIT}; then: ${CONFIGURE}`,
    );
  return doubtful('gpu', `${shown}; the container toolkit ${version} is installed, but Docker does not know its runtime.`, CONFIGURE);
}
