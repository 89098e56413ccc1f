// Asks the process that runs the workers of a base directory for its status.
import { connect } from "node:net";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";
import { isProcessStatus, type ProcessStatus } from "./process-status.ts";
import { STATUS_SOCKET } from "./status-socket.ts";

const ANSWER_LIMIT_MS = 5000;
const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

export type StatusAnswer =
  | { readonly state: "answered"; readonly status: ProcessStatus }
  /** There is no such socket, or nobody behind it. */
  | { readonly state: "nobody" }
  | { readonly state: "unknown"; readonly reason: string };

/** Makes the directory the present one: its path may be too long for a socket. Never rejects. */
export async function askStatus(directory: string): Promise<StatusAnswer> {
  const path = join(directory, STATUS_SOCKET);
  try {
    process.chdir(directory);
    const status: unknown = JSON.parse(await readAll());
    if (isProcessStatus(status)) return { state: "answered", status };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ECONNREFUSED") return { state: "nobody" };
    if (code === "ABORT_ERR")
      return { state: "unknown", reason: `nobody has answered on ${path} for ${ANSWER_LIMIT_MS / 1000} seconds` };
    if (code === "EACCES") return { state: "unknown", reason: `only its user and root may use ${path}` };
    if (!(error instanceof SyntaxError)) return { state: "unknown", reason: `${path}: ${systemReason(error)}` };
  }
  return { state: "unknown", reason: `what answers on ${path} is another version of buildhand, or something else` };
}

async function readAll(): Promise<string> {
  const socket = connect({ path: STATUS_SOCKET, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).setEncoding("utf8");
  let text = "";
  for await (const piece of socket) {
    text += String(piece);
    if (text.length > ANSWER_LIMIT_BYTES) break;
  }
  return text;
}
