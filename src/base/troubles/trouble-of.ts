// From an error of ours to the row of the table of troubles that explains it. Pure.
import { errors, WorkerError } from "../errors.ts";
import type { TroubleCode } from "./troubles.ts";

/** What errors of one code have in common, where whoever threw one knew no better. */
const byCode: Readonly<Record<string, TroubleCode>> = {
  [errors.connectFailed.code]: "connect-failed",
  [errors.proxyFailed.code]: "proxy-failed",
  [errors.tlsFailed.code]: "tls-failed",
  [errors.notAMaster.code]: "not-a-master",
  [errors.webSocketRefused.code]: "websocket-refused",
  [errors.loginRefused.code]: "login-refused",
  [errors.loginDuplicate.code]: "name-in-use",
  [errors.loginFailed.code]: "login-failed",
  [errors.notAttached.code]: "not-attached",
  [errors.tacUnreachable.code]: "tac-unreadable",
  [errors.tacContent.code]: "tac-of-another",
  [errors.tacSyntax.code]: "tac-python",
  [errors.tacSetting.code]: "tac-setting",
  [errors.endpoint.code]: "endpoint-invalid",
  [errors.tlsFile.code]: "tls-file",
  [errors.logUnopened.code]: "log-unopened",
  [errors.alreadyRunning.code]: "already-running",
  [errors.pidFile.code]: "pid-file",
  [errors.basedir.code]: "basedir-not-made",
};

/** The system's names for what keeps two hosts apart. */
const bySystemCode: Readonly<Record<string, TroubleCode>> = {
  ENOTFOUND: "name-unknown",
  EAI_AGAIN: "name-servers-silent",
  ECONNREFUSED: "port-closed",
  ETIMEDOUT: "host-silent",
  EHOSTUNREACH: "host-unreachable",
  ENETUNREACH: "host-unreachable",
};

/** Undefined for what nobody at this host can do anything about, and for a wrong command line. */
export function troubleOf(error: unknown): TroubleCode | undefined {
  if (!(error instanceof WorkerError)) return undefined;
  const bySystem = errors.connectFailed.is(error) ? bySystemCode[codeOf(error.cause)] : undefined;
  return error.trouble ?? bySystem ?? byCode[error.code];
}

/** The line that names the trouble behind an error; undefined when there is none to name. */
export function advice(error: unknown, baseDirectory = "BASEDIR"): string | undefined {
  const trouble = troubleOf(error);
  if (trouble === undefined) return undefined;
  return `what to do: ${trouble} in docs/troubleshooting.md, or run buildhand doctor ${baseDirectory}`;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}
