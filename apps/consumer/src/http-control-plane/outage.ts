/** The private API cannot be asked now, or cannot do now what it was asked for. Trying again later is what helps. */
export class Outage extends Error {
  override readonly name = 'Outage';
}
