// Asks a running master of this machine through its API.
import { errorText } from "../../base/errors.ts";
import { daemonErrors, readAccess } from "../../daemon/index.ts";

const ANSWER_LIMIT_MS = 30_000;

export type ApiAnswer = Readonly<Record<string, unknown>>;

/** A POST if there is a body. Throws ERR_NO_MASTER and ERR_MASTER_REFUSED. */
export async function askMaster(directory: string, path: string, body?: ApiAnswer): Promise<ApiAnswer> {
  const { address, token } = readAccess(directory);
  const init: RequestInit = {
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  };
  const response = await fetch(`${address}api/v2/${path}`, init).catch((error: unknown) => {
    throw daemonErrors.noMaster.from(error, directory, `${address}: ${causeOf(error)}`);
  });
  const text = await response.text();
  const answer = answerIn(text);
  if (answer === undefined) throw daemonErrors.noMaster(directory, `${address} is another program's`);
  if (!response.ok) throw daemonErrors.masterRefused(wordOf(answer["error"] ?? response.status));
  return answer;
}

/** The rows of a list in an answer. */
export function answerRows(answer: ApiAnswer, key: string): readonly ApiAnswer[] {
  const rows = answer[key];
  return Array.isArray(rows) ? (rows as readonly ApiAnswer[]) : [];
}

/** A value of an answer, for people. */
export function wordOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function answerIn(text: string): ApiAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch` has the reason in its error's cause. */
function causeOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return errorText(cause ?? error);
}
