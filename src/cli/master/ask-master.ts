// Asks a running master of this machine through its API.
import { errorText } from "../../base/errors.ts";
import { daemonErrors, notReached, readAccess } from "../../daemon/index.ts";

const ANSWER_LIMIT_MS = 30_000;
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;

export type ApiAnswer = Readonly<Record<string, unknown>>;

/** A POST if there is a body. Throws ERR_MASTER_NOT_RUNNING, ERR_MASTER_UNREACHABLE and ERR_MASTER_REFUSED. */
export async function askMaster(directory: string, path: string, body?: ApiAnswer): Promise<ApiAnswer> {
  const { address, token } = readAccess(directory);
  const init: RequestInit = {
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  };
  const ask = async () => {
    const response = await fetch(`${address}api/v2/${path}`, init);
    return { isOk: response.ok, status: response.status, text: await textOf(response) };
  };
  const { isOk, status, text } = await ask().catch((error: unknown) => {
    throw notReached(directory, `${address}: ${causeOf(error)}`);
  });
  const answer = answerIn(text);
  if (answer === undefined) throw notReached(directory, `another program answers at ${address}`);
  if (!isOk) throw daemonErrors.masterRefused(wordOf(answer["error"] ?? status));
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

/** Another program may answer at that address. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > ANSWER_LIMIT_BYTES) throw new Error(`the answer has more than ${ANSWER_LIMIT_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
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
