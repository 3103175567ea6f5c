import type { Failure } from '@inference/domain';
import type { DaemonFault } from './daemon.ts';

type Rule = { readonly pattern: RegExp; readonly failure: (said: string) => Failure };

/** Paths of the machine, which are nothing for users. The engine's own log has them. */
const PATHS = /(?<=[\s"'(=:]|^)\/[^\s"':,;()/]+(\/[^\s"':,;()]*)+/g;

const RULES: readonly Rule[] = [
  {
    pattern: /could not select device driver|nvidia-container-(cli|runtime)|unknown device|CDI device/i,
    failure: () => ({
      class: 'infrastructure',
      reason: 'This machine could not give the model its GPU: install the NVIDIA Container Toolkit there, or check the driver.',
    }),
  },
  {
    pattern: /bind source path does not exist/i,
    failure: () => ({
      class: 'infrastructure',
      reason:
        'The Docker engine does not see the folders of the consumer: WORK_DIR must be the same folder to both, and with OUTPUT_QUOTA=loop the engine must see what the consumer mounts.',
    }),
  },
  {
    pattern: /no command specified/i,
    failure: () => ({ class: 'invalid_model', reason: 'The image has no command to run: give it a CMD or an ENTRYPOINT.' }),
  },
  {
    // The folder that its program begins in, its user, or a mount that its image leads elsewhere. What else is not there, or cannot be written, is the
    // machine's: the engine itself starts docker-init and no program of the model, and that says what it cannot start (`exitFailure`).
    pattern:
      /chdir to cwd .*(?:no such file or directory|permission denied|not a directory): unknown|unable to find user|container init: .*mkdir .*read-only/i,
    failure: (said) => ({ class: 'invalid_model', reason: `The container of the model cannot be started: ${lastPart(said)}.` }),
  },
  {
    pattern: /minimum memory limit|shm ?size|invalid (mount|reference)|pids limit/i,
    failure: (said) => ({ class: 'invalid_model', reason: `The model cannot be started with its limits: ${said}.` }),
  },
];

/** Why a container could not be made or started, in words for users. What is not known to be the model's fault is the machine's. */
export function startFailure(fault: DaemonFault): Failure {
  const rule = fault.status === null ? undefined : RULES.find(({ pattern }) => pattern.test(fault.said));
  return rule?.failure(fault.said) ?? { class: 'infrastructure', reason: fault.message.replaceAll(PATHS, '…') };
}

/** The engine's chain of causes holds paths of the machine; its end is what happened. */
function lastPart(said: string): string {
  const at = said.search(/chdir to cwd |unable to find user|(?<=container init: )/);
  return (at < 0 ? said : said.slice(at)).replace(/: unknown$/, '').replaceAll(PATHS, '…');
}
