// The processes that one look at the system has shown, parted into those of a run and the others. Knows nothing of /proc.
import type { ListedProcess } from "./process-list.ts";

export class TreeMembers {
  readonly #found = new Map<number, ListedProcess>();
  readonly #onFound: (member: ListedProcess) => void;
  #others: ListedProcess[] = [];

  /** `onFound` is called with each member once, as soon as it is one. */
  constructor(onFound: (member: ListedProcess) => void = () => {}) {
    this.#onFound = onFound;
  }

  get found(): readonly ListedProcess[] {
    return [...this.#found.values()];
  }

  /** Those that no reason was found for. */
  get others(): readonly ListedProcess[] {
    return this.#others;
  }

  add(one: ListedProcess): void {
    if (this.#found.has(one.pid)) return;
    this.#found.set(one.pid, one);
    this.#onFound(one);
  }

  addOther(one: ListedProcess): void {
    this.#others.push(one);
  }

  /** Whether its parent is one of them. */
  hasParentOf({ parent }: ListedProcess): boolean {
    return this.#found.has(parent);
  }

  /** To be called when all were shown, and whenever some were found among the others. */
  addDescendants(): void {
    let count: number;
    do {
      count = this.#found.size;
      for (const one of this.#others) if (this.hasParentOf(one)) this.add(one);
      this.#others = this.#others.filter(({ pid }) => !this.#found.has(pid));
    } while (this.#found.size > count);
  }
}
