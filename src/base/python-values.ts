// The two kinds of Python values that plain JavaScript cannot represent: a tuple is not a list, and the float 2.0 is
// not the integer 2. Both differences matter on the wire and in texts for people.

export class Tuple<Item = unknown> {
  readonly items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

/** A number that is a float even when it is whole. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}
