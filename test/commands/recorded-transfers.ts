// What the recorded sessions hold of transfers: each command with its arguments, the calls on the master's file, and what
// the Python worker reported.
import { readVectors, valueFromView } from "../support/vectors.ts";

export interface RecordedTransfer {
  readonly command: string;
  /** Without the handle. */
  readonly args: ReadonlyMap<string, unknown>;
  /** Calls on the writer or reader; of blocks that were written, the size. */
  readonly calls: readonly (readonly unknown[])[];
  /** What the master's file answered to `read`, one behind the other. */
  readonly content: Buffer;
  /** Of `elapsed` only that it came; the worker's base directory is `BASEDIR`. */
  readonly updates: readonly (readonly [string, unknown])[];
  readonly completed: "well" | "with a failure" | "never";
}

type View = unknown;
interface Message {
  readonly op: string;
  readonly requestID?: number;
  readonly objectID?: unknown;
  readonly method?: string;
  readonly args?: { readonly tuple: readonly View[] };
  readonly value?: View;
}
interface Dictionary {
  readonly dict: readonly (readonly [string, View])[];
}
interface Recording {
  readonly worker: { readonly basedir: string };
  readonly messages: readonly { readonly dir: string; readonly pb: Message }[];
}

/** All remote commands of a session, in order; the shell commands too, since they make the files. */
export function recordedCommands(session: string): readonly RecordedTransfer[] {
  const { worker, messages } = readVectors<Recording>(`sessions/${session}.json`);
  return messages
    .filter(({ dir, pb }) => dir === "S>C" && pb.method === "startCommand")
    .map(({ pb }) => {
      const [ref, , command, args] = argumentsOf(pb) as [{ remote: number }, string, string, Dictionary];
      const handle = args.dict.find(([key]) => key === "writer" || key === "reader")?.[1] as { remote: number };
      const sent = (object: number | undefined) =>
        messages.filter(({ dir, pb }) => dir === "C>S" && pb.op === "message" && pb.objectID === object);
      const completion = sent(ref.remote).find(({ pb }) => pb.method === "complete");
      return {
        command,
        args: new Map(args.dict.filter(([, value]) => value !== handle)),
        calls: sent(handle?.remote).map(({ pb }) => [pb.method, ...argumentsOf(pb).map(sizeOrView)]),
        content: Buffer.concat(
          sent(handle?.remote)
            .filter(({ pb }) => pb.method === "read")
            .map(({ pb }) => bytesOf(answerTo(messages, pb.requestID))),
        ),
        updates: sent(ref.remote)
          .filter(({ pb }) => pb.method === "update")
          .map(({ pb }) => updateOf(argumentsOf(pb)[0], worker.basedir)),
        completed:
          completion === undefined ? "never" : argumentsOf(completion.pb)[0] === null ? "well" : "with a failure",
      };
    });
}

function argumentsOf({ args }: Message): readonly View[] {
  return args?.tuple ?? [];
}

function answerTo(messages: Recording["messages"], requestId: number | undefined): View {
  return messages.find(({ dir, pb }) => dir === "S>C" && pb.op === "answer" && pb.requestID === requestId)?.pb.value;
}

function bytesOf(view: View): Buffer {
  return Buffer.from(valueFromView(view) as Uint8Array);
}

function sizeOrView(view: View): View {
  const isBytes = typeof view === "object" && view !== null && ("bytes" in view || "bytes_b64" in view);
  return isBytes ? bytesOf(view).length : view;
}

function updateOf(view: View, basedir: string): [string, unknown] {
  const [[[{ dict }]]] = [view] as unknown as [[[{ dict: [[string, View]] }, number]]];
  const [key, value] = dict[0];
  if (key === "elapsed") return [key, null];
  return [key, typeof value === "string" ? value.replaceAll(basedir, "BASEDIR") : value];
}
