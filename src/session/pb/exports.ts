// Our objects that the peer holds handles on, counted as PB counts them (perspective-broker.md §3.3).

import { Remote } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";
import type { RemoteObject } from "./remote-object.ts";

interface Export {
  readonly object: RemoteObject;
  readonly luid: number;
  count: number;
}

export class Exports {
  readonly #byLuid = new Map<number, Export>();
  readonly #byObject = new Map<RemoteObject, Export>();
  #lastLuid = 0;

  get size(): number {
    return this.#byLuid.size;
  }

  /** The wire form, to be written once: each one counts. An object that was released completely gets a new id. */
  expose(object: RemoteObject): Remote {
    let exported = this.#byObject.get(object);
    if (exported === undefined) {
      this.#lastLuid += 1;
      exported = { object, luid: this.#lastLuid, count: 0 };
      this.#byLuid.set(exported.luid, exported);
      this.#byObject.set(object, exported);
    }
    exported.count += 1;
    return new Remote(exported.luid);
  }

  find(luid: number): RemoteObject | undefined {
    return this.#byLuid.get(luid)?.object;
  }

  /** The peer released one handle. */
  decref(luid: number): void {
    const exported = this.#byLuid.get(luid);
    if (exported === undefined) throw sessionErrors.pbState(`decref of object ${luid}, which the peer does not hold`);
    exported.count -= 1;
    if (exported.count > 0) return;
    this.#byLuid.delete(luid);
    this.#byObject.delete(exported.object);
  }

  clear(): void {
    this.#byLuid.clear();
    this.#byObject.clear();
  }
}
