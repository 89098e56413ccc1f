// The processes found by one scan, divided into those of a run and others. Independent of /proc.
import type { ListedProcess } from "./process-list.ts";

export class TreeMembers {
  readonly #found = new Map<number, ListedProcess>();
  #others: ListedProcess[] = [];
  #newlyFound: ListedProcess[] = [];

  get found(): readonly ListedProcess[] {
    return [...this.#found.values()];
  }

  /** Candidates that are not members so far. */
  get others(): readonly ListedProcess[] {
    return this.#others;
  }

  add(one: ListedProcess): void {
    if (this.#found.has(one.pid)) return;
    this.#found.set(one.pid, one);
    this.#newlyFound.push(one);
  }

  addCandidate(one: ListedProcess): void {
    this.#others.push(one);
  }

  /** Whether its parent is a member. */
  hasParentOf({ parent }: ListedProcess): boolean {
    return this.#found.has(parent);
  }

  /**
   * Adds all descendants of the members, and returns the new members since the last call. Call it when all candidates
   * were added, before any of them is killed, and whenever a candidate becomes a member: later its children have lost
   * their parent.
   */
  complete(): readonly ListedProcess[] {
    let count: number;
    do {
      count = this.#found.size;
      for (const one of this.#others) if (this.hasParentOf(one)) this.add(one);
      this.#others = this.#others.filter(({ pid }) => !this.#found.has(pid));
    } while (this.#found.size > count);
    return this.#newlyFound.splice(0);
  }
}
