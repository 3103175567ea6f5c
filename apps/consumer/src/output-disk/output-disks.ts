/** The file system that the output of one attempt has for itself. */
export type OutputDisk = {
  /** The folder that the model writes to. */
  readonly folder: string;
  /** Whether nothing more fits: the model met an end there, whatever it said of it. */
  isFull(): Promise<boolean>;
};

/** How much of a disk of its own the output of an attempt gets. */
export type OutputRoom = { readonly bytes: number; readonly entries: number };

/** Keeps what models write apart from the disk of this machine, where the admin wants that. Adapter: loop files. */
export interface OutputDisks {
  /** Makes the disk of an attempt below the attempt's own folder, or finds what an earlier process has made there; null: it gets none. */
  make(root: string, room: OutputRoom): Promise<OutputDisk | null>;
  /** Lets go of the disk below an attempt's folder, so that the folder can be removed. One that is gone, or never was, is no error. */
  letGo(root: string): Promise<void>;
}

/** Outputs lie on the disk of this machine, and are looked at while the model runs. */
export const NO_OUTPUT_DISKS: OutputDisks = { make: async () => null, letGo: async () => {} };
