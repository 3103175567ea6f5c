/** The output of a model cannot be collected, through the model's doing. `message` is one sentence or two for users. */
export class OutputRefused extends Error {
  override readonly name = 'OutputRefused';
}
