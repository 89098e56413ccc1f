// The processes that one look at the system has shown, parted into those of a run and the others. Knows nothing of /proc.
import type { ListedProcess } from "./process-list.ts";

export class TreeMembers {
  readonly #found = new Map<number, ListedProcess>();
  #others: ListedProcess[] = [];
  #newlyFound: ListedProcess[] = [];

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
    this.#newlyFound.push(one);
  }

  addCandidate(one: ListedProcess): void {
    this.#others.push(one);
  }

  /** Whether its parent is one of them. */
  hasParentOf({ parent }: ListedProcess): boolean {
    return this.#found.has(parent);
  }

  /**
   * Adds all descendants of the members, and returns those that are new since it was called before. To be called when all
   * were shown, before any of them is killed, and whenever some were found among the others: what is shown later has
   * lost its parents.
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
