// The logs of one step: `stdio` for the output of the command and notes of the master, and one for each followed file.
// Each is created at its first write.
import type { SecretMask } from "../secret-mask.ts";
import type { LogStream, Logs } from "../store/index.ts";

const STDIO = "stdio";

export interface StepLogsOptions {
  readonly logs: Pick<Logs, "begin" | "append" | "finish">;
  readonly stepId: number;
  /** Called when a log has grown or is complete. */
  readonly onChange: (logId: number) => void;
  /** Hides secrets. */
  readonly mask: SecretMask;
}

export class StepLogs {
  readonly #options: StepLogsOptions;
  readonly #ids = new Map<string, number>();

  constructor(options: StepLogsOptions) {
    this.#options = options;
  }

  /** Throws ERR_STORE_WRITE, as all methods do. */
  append(stream: LogStream, text: Uint8Array): void {
    this.#append(STDIO, stream, text);
  }

  appendTo(logName: string, text: Uint8Array): void {
    // A followed file may have the name of our own log; keep them apart.
    this.#append(`file:${logName}`, "o", text);
  }

  /** Appends a sentence of the master. */
  note(sentence: string): void {
    this.append("h", Buffer.from(`${sentence}\n`));
  }

  finish(): void {
    for (const id of this.#ids.values()) {
      this.#options.logs.finish(id);
      this.#options.onChange(id);
    }
  }

  #append(key: string, stream: LogStream, text: Uint8Array): void {
    const known = this.#ids.get(key);
    const id = known ?? this.#options.logs.begin(this.#options.stepId, key.replace(/^file:/, ""));
    if (known === undefined) this.#ids.set(key, id);
    this.#options.logs.append(id, stream, this.#options.mask.bytes(text));
    this.#options.onChange(id);
  }
}
