// Asks a git repository for its branches and commits, with the git of this host. Independent of pollers and hooks.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { gitEnvironment } from "../builds/index.ts";
import { isHash } from "../source-names.ts";

const COMMAND_MS = 2 * 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const MAX_COMPLAINT_BYTES = 64 * 1024;
export const MAX_MESSAGE_CHARS = 10_000;
export const MAX_AUTHOR_CHARS = 300;

export interface GitRemoteOptions {
  readonly repository: string;
  readonly token: string | undefined;
  /** For the commits whose messages are read; created if needed. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  /** Ends the commands. */
  readonly signal: AbortSignal;
}

/** `fault` is what git printed last. */
export type GitAnswer<Value> = Value | { readonly fault: string };

/** The revision of each branch. */
export async function branchesOf(options: GitRemoteOptions): Promise<GitAnswer<ReadonlyMap<string, string>>> {
  const output = await git(["ls-remote", "--heads", "--", options.repository], options);
  if (typeof output !== "string") return output;
  const heads = output.split("\n").map((line) => line.split("\t"));
  return new Map(
    heads.flatMap(([revision = "", reference = ""]) => {
      if (!isHash(revision) || !reference.startsWith("refs/heads/")) return [];
      return [[reference.slice("refs/heads/".length), revision] as const];
    }),
  );
}

/** Author and message of a commit at the end of a branch; empty if they cannot be found out. */
export async function commitOf(
  options: GitRemoteOptions,
  { branch, revision }: { readonly branch: string; readonly revision: string },
): Promise<{ readonly author: string; readonly message: string }> {
  const name = createHash("sha256").update(options.repository).digest("hex").slice(0, 16);
  const directory = join(options.cacheDirectory, name);
  await mkdir(directory, { recursive: true });
  const inCache = (...words: readonly string[]) => git(["-C", directory, ...words], options);
  await inCache("init", "-q", "--bare");
  const fetched = `+refs/heads/${branch}:refs/heads/fetched`;
  await inCache("fetch", "-q", "--no-tags", "--depth", "1", "--", options.repository, fetched);
  const text = await inCache("log", "-1", "--format=%an <%ae>%n%B", revision);
  const [author = "", ...lines] = typeof text === "string" ? text.trim().split("\n") : [];
  return { author: author.slice(0, MAX_AUTHOR_CHARS), message: lines.join("\n").slice(0, MAX_MESSAGE_CHARS) };
}

/** Resolves to standard output. */
function git(words: readonly string[], { token, clock, signal }: GitRemoteOptions): Promise<GitAnswer<string>> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ fault: "stopped" });
    const own = Object.fromEntries(gitEnvironment(token));
    // A question would wait for an answer on the terminal.
    const ssh = process.env["GIT_SSH"] === undefined ? { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" } : {};
    const child = spawn("git", words, {
      env: { ...ssh, ...process.env, ...own, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let why: string | undefined;
    const end = (reason: string) => {
      why ??= reason;
      killGroup(child);
    };
    const output = gathered(child.stdout, MAX_OUTPUT_BYTES, () => end("it printed too much"));
    const complaint = gathered(child.stderr, MAX_COMPLAINT_BYTES, () => {});
    const timer = clock.after(COMMAND_MS, () => end(`it took longer than ${COMMAND_MS / 1000} seconds`));
    const onAbort = () => end("stopped");
    signal.addEventListener("abort", onAbort);
    const finish = (answer: GitAnswer<string>) => {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    };
    child.once("error", (error) => finish({ fault: `git cannot be started: ${error.message}` }));
    child.once("close", (code) => {
      if (code === 0 && why === undefined) return finish(output());
      const said = complaint().trim().split("\n").at(-1) || `git exited with ${code}`;
      finish({ fault: why ?? said });
    });
  });
}

/** The text of a stream, up to a limit. */
function gathered(stream: NodeJS.ReadableStream, limitBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
    else onTooMuch();
  });
  return () => Buffer.concat(chunks).toString();
}

/** Also what git has started, such as ssh. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
