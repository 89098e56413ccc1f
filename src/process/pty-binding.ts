// The native part of the optional package @lydell/node-pty, without its JavaScript: that, like all wrappers, loses the tail
// of what a program prints before it ends (Node.js 20 and 22). Knows how to get it, not what it is used for.
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { errorCode } from "../base/error-code.ts";
import { errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";

/** `-1` for the user and the group leaves both as they are. The helper is for macOS only. */
type Fork = (
  file: string,
  args: readonly string[],
  env: readonly string[],
  cwd: string,
  columns: number,
  rows: number,
  userId: number,
  groupId: number,
  isUtf8: boolean,
  helperPath: string,
  onExit: (code: number, signal: number) => void,
) => ForkedOnPty;

export interface ForkedOnPty {
  /** Of the master's side: non-blocking, and not close-on-exec. */
  readonly fd: number;
  readonly pid: number;
  /** The path of the child's side. */
  readonly pty: string;
}

export interface PtyBinding {
  /** Throws when the system gives no PTY or no process. What goes wrong in the child, the child prints. */
  readonly fork: Fork;
}

export type LoadedPtyBinding =
  | { readonly type: "loaded"; readonly binding: PtyBinding }
  /** The reason is part of a sentence. */
  | { readonly type: "unavailable"; readonly reason: string };

/** Where the kernel gives PTYs. */
const MULTIPLEXER = "/dev/ptmx";

/** `from` is the file, or its URL, from which the package is looked for. */
export function loadPtyBinding(from: string = import.meta.url): LoadedPtyBinding {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return unavailable(`there is none for commands on ${process.platform}`);
  try {
    accessSync(MULTIPLEXER, constants.R_OK | constants.W_OK);
  } catch (error) {
    return unavailable(`${MULTIPLEXER}: ${systemReason(error)}`);
  }
  try {
    const manifest = createRequire(from).resolve("@lydell/node-pty/package.json");
    const binding = createRequire(manifest)(`@lydell/node-pty-${platform}/pty.node`) as PtyBinding;
    return { type: "loaded", binding };
  } catch (error) {
    if (errorCode(error) === "MODULE_NOT_FOUND") {
      return unavailable(`the optional package @lydell/node-pty is not installed for ${platform}`);
    }
    return unavailable(`the package @lydell/node-pty cannot be loaded: ${errorText(error).split("\n")[0]}`);
  }
}

function unavailable(reason: string): LoadedPtyBinding {
  return { type: "unavailable", reason };
}
