/** What nvidia-smi says of one card, as it says it; undefined: nothing. */
export type Reading = {
  readonly memory: string | undefined;
  /** Errors in its memory that could not be corrected, since the driver was loaded. */
  readonly ecc: string | undefined;
  /** What the driver wants to be done about a fault, such as a critical XID: "None", "Reset", "Reboot", ... */
  readonly recovery: string | undefined;
};

/** What drivers want to be done; anything else, such as "None" and "[N/A]", is no fault. */
const RECOVERIES = /\b(?:drain|reset|reboot)\b/i;
const QUOTE_CHARS_MAX = 60;

/**
 * Why a card should get no model now, in a sentence for people; null: it is well as far as its driver says.
 *
 * @param isSplitEmpty it is in MIG mode and has no part
 */
export function deviceTrouble({ memory, ecc, recovery = '' }: Reading, isSplitEmpty: boolean): string | null {
  if (memory === undefined) return 'The driver lists this GPU and cannot read it.';
  if (!(Number(memory) > 0)) return `The driver cannot read this GPU: its memory is "${memory.slice(0, QUOTE_CHARS_MAX)}".`;
  if (RECOVERIES.test(recovery)) return `The driver asks for this GPU to be recovered: "${recovery.slice(0, QUOTE_CHARS_MAX)}".`;
  if (Number(ecc) > 0) return `Its memory had ${Number(ecc)} errors that could not be corrected: reset it, or restart the machine.`;
  if (isSplitEmpty) return 'It is in MIG mode and has no part: make some with nvidia-smi mig, or leave that mode.';
  return null;
}
