// Tracks the master's calls that this worker has not answered yet, so that the log can say which side is waiting.
import type { Clock } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";
import type { RemoteMethod, RemoteObject } from "../session/pb/index.ts";

/** What can take long in a call. */
const slowWork: Readonly<Record<string, string>> = {
  getWorkerInfo: "reading facts about this host and the files in info",
  setBuilderList: "creating directories of builders, or removing one that is needed again",
};

export class CallsInProgress {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #calls = new Set<{ readonly method: string; readonly sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same object, with its calls tracked until they are answered. */
  tracked({ methods }: RemoteObject): RemoteObject {
    return { methods: new Map([...methods].map(([name, method]) => [name, this.#track(name, method)])) };
  }

  /** Such as `setBuilderList (creating directories) for 2 min`; undefined when the master waits for no answer. */
  shown(): string | undefined {
    const [longest] = this.#calls;
    if (longest === undefined) return undefined;
    const { method, sinceMs } = longest;
    const work = slowWork[method];
    return `${method}${work === undefined ? "" : ` (${work})`} for ${durationText(this.#clock.nowMs() - sinceMs)}`;
  }

  #track(name: string, method: RemoteMethod): RemoteMethod {
    return (call) => {
      const answer = method(call);
      if (!(answer instanceof Promise)) return answer;
      const pending = { method: name, sinceMs: this.#clock.nowMs() };
      this.#calls.add(pending);
      return answer.finally(() => this.#calls.delete(pending));
    };
  }
}
