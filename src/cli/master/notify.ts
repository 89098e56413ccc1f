// buildhand master notify: reports pushed branches to a plain hook of a master, as git's post-receive hook lists them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { baseErrors } from "../../base/errors.ts";
import { EXIT_USAGE } from "../../daemon/index.ts";
import { post, readPlainSecret } from "../../master/index.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { sayUnlessQuiet } from "../printer.ts";

const HEADS = "refs/heads/";
/** Of git's list. */
const LIMIT_BYTES = 1024 * 1024;
const MAX_MESSAGE_CHARS = 10_000;
/** git shows author and message in the repository that the hook runs in. */
const run = promisify(execFile);

/** Exits with 1 if the master did not accept a change. */
export async function notifyMaster(options: ParsedOptions): Promise<number> {
  const [url, ...more] = options.rest;
  if (url === undefined || more.length > 0) throw baseErrors.usage("expected the address of one hook");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw baseErrors.usage(`expected an address such as http://localhost:8010/hooks/NAME, got ${url}`);
  }
  const file = options.values.get("secret-file");
  if (file === undefined) throw baseErrors.usage("--secret-file is missing");
  const secret = readPlainSecret(file);
  const say = sayUnlessQuiet(options);
  let code = 0;
  for (const line of (await standardInput()).split("\n").filter((text) => text.trim() !== "")) {
    const [, revision = "", reference = ""] = line.trim().split(/\s+/);
    if (!reference.startsWith(HEADS)) continue;
    const branch = reference.slice(HEADS.length);
    const content = { branch, revision, ...(await commitOf(revision)) };
    const { isAccepted, text } = await post({ url, content, secret, nowMs: Date.now() });
    if (isAccepted) say(`${branch}: ${text}`);
    else {
      console.error(`${branch}: ${url} did not accept it: ${text}`);
      code = EXIT_USAGE;
    }
  }
  return code;
}

/** Empty for a branch that was deleted. */
async function commitOf(revision: string): Promise<Readonly<Record<string, string>>> {
  if (!/^[0-9a-f]{40,64}$/.test(revision) || /^0+$/.test(revision)) return {};
  try {
    const { stdout } = await run("git", ["log", "-1", "--format=%an <%ae>%n%B", revision]);
    const [author = "", ...lines] = stdout.trim().split("\n");
    return { author, message: lines.join("\n").slice(0, MAX_MESSAGE_CHARS) };
  } catch {
    return {};
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMIT_BYTES) throw baseErrors.usage(`standard input has more than ${LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
