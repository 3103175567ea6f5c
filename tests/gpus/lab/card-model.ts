import { PAYLOAD } from '../../faults/stage/echo-model.ts';

/** How people address the model whose tasks bring their script, and ask for GPUs. */
export const CARD_MODEL = 'cards';
/** Where a run writes which GPUs it was given. */
export const CARDS = 'cards';
/** A file of the input with which a run goes on until it is let end, and the file that lets it. */
export const HELD = 'held';
export const GO = 'go';
/** What a run prints first. */
export const STARTED = 'started';

/**
 * Waits as many seconds as it was told, or until it is let end, gives its payload back, and writes which GPUs it was given. The model's image runs the
 * script of its input, so it goes with each task.
 */
export const CARD_SCRIPT = `set -e
echo ${STARTED}
if [ -e /input/seconds ]; then sleep "$(cat /input/seconds)"; fi
if [ -e /input/${HELD} ]; then until [ -e /input/${GO} ]; do sleep 0.1; done; fi
cp /input/${PAYLOAD} /output/${PAYLOAD}
echo "$NVIDIA_VISIBLE_DEVICES" > /output/${CARDS}`;
