/** How a part that a service needs is doing, in a sentence that everybody may read: no secrets, no paths. */
export type ComponentState = { readonly ok: boolean; readonly text: string };

/** A part that a service needs, and how to find out how it is doing. */
export type Component = {
  readonly name: string;
  /** Without it the service is not ready; without one that is not needed it is degraded. */
  readonly needed: boolean;
  check(): Promise<ComponentState>;
};
