// Asks the process that runs the workers of a base directory for its status.
import { connect } from "node:net";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";
import { LONGEST_SOCKET_PATH_BYTES } from "../../config/index.ts";
import { systemControl } from "../control.ts";
import type { ProcessStatus } from "./process-status.ts";
import { STATUS_SOCKET } from "./status-socket.ts";

const ANSWER_LIMIT_MS = 5000;
const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

/** Why an answer cannot be shown. */
export const NOT_UNDERSTOOD = "its socket is answered by another version of buildhand, or by another program";

export type StatusAnswer =
  /** `status` is any JSON; it has this type if a process of this version answered. */
  | { readonly state: "answered"; readonly status: ProcessStatus }
  /** There is no such socket, or no process listens on it. */
  | { readonly state: "nobody" }
  | { readonly state: "unknown"; readonly reason: string };

/**
 * Changes to the directory, since its path may be too long for a socket; with `staysHere`, such a path is a reason of its
 * own. Never rejects.
 */
export async function askStatus(directory: string, { staysHere = false } = {}): Promise<StatusAnswer> {
  const path = join(directory, STATUS_SOCKET);
  const control = systemControl();
  try {
    if (control !== undefined) {
      const answer = await control.ask(directory, "status");
      return answer?.status === undefined
        ? { state: "nobody" }
        : { state: "answered", status: answer.status as ProcessStatus };
    }
    if (!staysHere) process.chdir(directory);
    else if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH_BYTES) {
      return { state: "unknown", reason: `${path} is longer than ${LONGEST_SOCKET_PATH_BYTES} bytes` };
    }
    return { state: "answered", status: JSON.parse(await readAll(staysHere ? path : STATUS_SOCKET)) as ProcessStatus };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ECONNREFUSED") return { state: "nobody" };
    return { state: "unknown", reason: reasonOf(error, path) };
  }
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof SyntaxError) return NOT_UNDERSTOOD;
  const code = errorCode(error);
  if (code === "ABORT_ERR") return `no answer on ${path} within ${ANSWER_LIMIT_MS / 1000} seconds`;
  return code === "EACCES" ? `only its user and root may open ${path}` : `${path}: ${systemReason(error)}`;
}

async function readAll(path: string): Promise<string> {
  const socket = connect({ path, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).setEncoding("utf8");
  let text = "";
  for await (const piece of socket) {
    text += String(piece);
    if (text.length > ANSWER_LIMIT_BYTES) break;
  }
  return text;
}
