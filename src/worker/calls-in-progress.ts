// Which calls of the master this worker still works on, for a log that must say who waits for whom. Knows no connection.
import type { Clock } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";
import type { RemoteMethod, RemoteObject } from "../session/pb/index.ts";

/** What may take long in a call. */
const works: Readonly<Record<string, string>> = {
  getWorkerInfo: "reading facts about this host and the files in info",
  setBuilderList: "making the directories of builders, or removing one that is wanted again",
};

export class CallsInProgress {
  readonly #clock: Clock;
  /** The longest first. */
  readonly #calls = new Set<{ readonly method: string; readonly sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same object, with its calls noted as long as they last. */
  watched({ methods }: RemoteObject): RemoteObject {
    return { methods: new Map([...methods].map(([name, method]) => [name, this.#noted(name, method)])) };
  }

  /** Such as `setBuilderList (making directories) for 2 min`; undefined when the master waits for nothing. */
  shown(): string | undefined {
    const [longest] = this.#calls;
    if (longest === undefined) return undefined;
    const { method, sinceMs } = longest;
    const work = works[method];
    return `${method}${work === undefined ? "" : ` (${work})`} for ${durationText(this.#clock.nowMs() - sinceMs)}`;
  }

  #noted(name: string, method: RemoteMethod): RemoteMethod {
    return (call) => {
      const answer = method(call);
      if (!(answer instanceof Promise)) return answer;
      const noted = { method: name, sinceMs: this.#clock.nowMs() };
      this.#calls.add(noted);
      return answer.finally(() => this.#calls.delete(noted));
    };
  }
}
