// Checks which account runs the worker, and that its init scripts print nothing.
import { userInfo } from "node:os";
import { basename } from "node:path";
import { type Answer, askProgram } from "../ask-program.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const { fine, note, finding } = statementsOf("account");

const SHELL_LIMIT_MS = 10_000;
/** A shell that does nothing is slow if it takes longer. */
const SLOW_MS = 2000;
/** Programs that are set as a shell to prevent logins. */
const NO_SHELLS = new Set(["nologin", "false", "true", "sync"]);
const SHOWN_CHARS = 200;

export interface AccountFacts {
  readonly userId: number;
  /** Undefined if the uid has no name. */
  readonly name: string | undefined;
  readonly shell: string | undefined;
  /** Result of a login shell that does nothing; undefined without a shell. */
  readonly login: Answer | undefined;
}

export async function checkAccount(subject: Subject): Promise<readonly Remark[]> {
  return judgeAccount(await accountFacts(subject));
}

async function accountFacts({ environment, clock }: Subject): Promise<AccountFacts> {
  const user = ownUser();
  const shell = environment["SHELL"] || user?.shell || undefined;
  const isShell = shell !== undefined && !NO_SHELLS.has(basename(shell));
  // Avoids bash's own warning about a missing locale.
  const quiet = { ...environment, LC_ALL: "C" };
  const question = { argv: [shell ?? "", "-lc", ":"], environment: quiet, limitMs: SHELL_LIMIT_MS, clock };
  return {
    userId: process.geteuid?.() ?? -1,
    name: user?.username,
    shell,
    login: isShell ? await askProgram(question) : undefined,
  };
}

function ownUser() {
  try {
    return userInfo();
  } catch {
    return undefined; // a uid without a name, as in containers
  }
}

export function judgeAccount({ userId, name, shell, login }: AccountFacts): readonly Remark[] {
  const who = `${name ?? "an account without a name"} (uid ${userId})`;
  const account = userId === 0 ? finding("account-root", `runs as ${who}`) : fine(`runs as ${who}`);
  if (login === undefined) {
    return [account, note(`the account has no login shell${shell === undefined ? "" : ` (${shell})`}`)];
  }
  return [account, judgeLogin(shell ?? "", login)];
}

function judgeLogin(shell: string, login: Answer): Remark {
  const what = `\`${shell} -lc :\``;
  if (login.kind === "timeout") return finding("account-noisy", `${what} took more than ${SHELL_LIMIT_MS / 1000} s`);
  if (login.kind === "not started") return finding("account-noisy", `${what} cannot be run: ${login.reason}`);
  const { code, stdout, stderr, tookMs } = login;
  const output = stdout + stderr;
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  if (output !== "") return finding("account-noisy", `${what} prints ${JSON.stringify(output.slice(0, SHOWN_CHARS))}`);
  if (code !== 0) return finding("account-noisy", `${what} exits with ${code ?? "a signal"}`);
  if (tookMs > SLOW_MS) return finding("account-noisy", `${what} takes ${seconds}`);
  return fine(`its init scripts print nothing (${what}: ${seconds})`);
}
