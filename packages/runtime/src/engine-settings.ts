import { z } from 'zod';
import { type ImagePolicy, PULL_POLICIES, type PullPolicy } from './docker/image-policy.ts';

/** Names with commas between them. */
export const names = z.string().transform((value) =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** Which GPUs are used: all that nvidia-smi finds, or these. */
export type GpuChoice = 'auto' | readonly string[];

/** `auto`, `none`, or UUIDs with commas between them. */
export const gpuChoice = z.string().transform((value, context): GpuChoice => {
  if (value === 'auto') return 'auto';
  if (value === 'none') return [];
  const uuids = value.split(',').map((uuid) => uuid.trim());
  if (uuids.every((uuid) => /^(?:GPU|MIG)-[A-Za-z0-9][A-Za-z0-9/-]{0,99}$/.test(uuid))) return [...new Set(uuids)];
  context.addIssue({
    code: 'custom',
    message: 'must be auto, none, or UUIDs as nvidia-smi -L prints them (GPU-..., MIG-...), with commas between them',
  });
  return z.NEVER;
});

/** The settings of whoever uses the Docker engine: a consumer, or the launcher in its stead. */
export const ENGINE_SETTINGS = {
  IMAGES_ALLOWED: {
    text: 'The images that run here: beginnings of their names, registry first, with commas between them: `registry.example/group/`, `docker.io/group/` for Docker Hub.',
    schema: names,
    default: null,
    defaultShown: 'any',
  },
  PULL_POLICY: {
    text: 'When an image is pulled: `missing` (where this machine does not have it), `always` (before each task, to follow a tag that moves), `never`.',
    schema: z.enum(PULL_POLICIES),
    default: 'missing' as const,
  },
  REGISTRY_AUTH_FILE: {
    text: 'Logins for registries: a file as `docker login` and `podman login` write it, with the passwords in it.',
    schema: z.string(),
    default: null,
    defaultShown: 'none: registries are asked without a login',
  },
  DOCKER_SOCKET: { text: 'Where the Docker engine listens.', schema: z.string(), default: '/var/run/docker.sock' },
} as const;

type ImageSettings = {
  readonly IMAGES_ALLOWED: readonly string[] | null;
  readonly PULL_POLICY: PullPolicy;
  readonly REGISTRY_AUTH_FILE: string | null;
};

/** Which images run here, as the settings say. */
export function imagePolicyOf(values: ImageSettings): ImagePolicy {
  return { allowed: values.IMAGES_ALLOWED, pull: values.PULL_POLICY, authFile: values.REGISTRY_AUTH_FILE };
}
