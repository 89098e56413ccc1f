// A secret that a build uses appears nowhere but in the build's own programs: not in logs, pages, the database, process
// listings, or what is sent out.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { inflateRawSync, inflateSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { SecretMask } from "../../src/master/secret-mask.ts";
import { openDatabase } from "../../src/master/store/database.ts";
import { type Listening, listen } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { RunningCi } from "./running-ci.ts";

const SECRET = "planted+secret/4711";
const KEY = "-----BEGIN KEY-----\nplanted-line-of-a-key\n-----END KEY-----\n";
const FORMS = [
  SECRET,
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(`x-access-token:${SECRET}`).toString("base64"),
  "planted-line-of-a-key",
];

let ci: RunningCi;
let forge: Listening | undefined;
const sentOut: string[] = [];

afterEach(async () => {
  await ci.close();
  await forge?.end();
});

async function aForge(): Promise<string> {
  // The token of the reporter is in its header, and meant for this server.
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    sentOut.push(request.url ?? "", body);
    response.writeHead(201).end();
  };
  forge = await listen(createServer((request, response) => void receive(request, response)));
  return `http://127.0.0.1:${forge.port}`;
}

/** Prints the secret in all its forms, and waits while the test lists the processes. */
const LEAK = [
  'echo "token: $TOKEN"',
  'echo "$TOKEN" >&2',
  "printenv",
  'printf %s "$TOKEN" | base64',
  'echo "$KEY"',
  "cat",
  'echo "$TOKEN" >leak.log',
  "touch begun",
  "while [ ! -e listed ]; do sleep 0.05; done",
  "exit 3",
].join("\n");

function config(url: string): Readonly<Record<string, unknown>> {
  const git = { repository: "/does/not/exist", token: "token", retries: 0, name: "git", haltOnFailure: false };
  const leak = {
    command: LEAK,
    env: { TOKEN: "%(secret:token)s", KEY: "%(secret:key)s", IN_TEXT: "a%(secret:token)sb" },
    initialStdin: "stdin: %(secret:token)s\n",
    logfiles: { leak: "leak.log" },
    logEnviron: true,
    haltOnFailure: false,
  };
  return {
    secrets: { token: { file: "token" }, key: { file: "key" } },
    builders: [
      {
        name: "a",
        workers: ["w1"],
        steps: [{ shell: leak }, { git: { ...git, logEnviron: true } }, { shell: "echo %(prop:branch)s" }],
      },
    ],
    schedulers: [{ branch: { builders: ["a"] } }],
    reporters: [
      { github: { url, token: "token" } },
      { webhook: { url, secret: "token" } },
      { webhook: { name: "away", url: "http://127.0.0.1:1", secret: "token" } },
    ],
    changeSources: [
      { plain: { name: "push", repository: "https://git.example.org/ada/engine.git", secret: "hook" } },
      { git: { repository: "https://127.0.0.1:1/ada/none.git", every: "1h", token: "token" } },
    ],
  };
}

/** The arguments of all processes, as others on the host can list them. */
function processListing(): string {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return ""; // it has ended
      }
    })
    .join("\n");
}

/** Every page that links lead to, and every log. */
async function pages(): Promise<string> {
  const texts: string[] = [];
  const [seen, waiting] = [new Set<string>(), ["/"]];
  for (let path = waiting.pop(); path !== undefined && seen.size < 500; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await fetch(`${ci.address}${path}`);
    const text = await answer.text();
    texts.push(path, text);
    if (!answer.headers.get("content-type")?.includes("html")) continue;
    waiting.push(...[...text.matchAll(/href="(\/[^"#]*)/g)].map(([, next = ""]) => next.replaceAll("&amp;", "&")));
  }
  expect([...seen].filter((path) => path.includes("/logs/")).length).toBeGreaterThan(2);
  return texts.join("\n");
}

/** What the API and the metrics answer about everything. */
async function apiAnswers(): Promise<string> {
  const texts: string[] = [];
  const ask = async (path: string) => {
    const answer = await fetch(`${ci.address}${path}`);
    expect(answer.status, path).toBe(200);
    texts.push(await answer.text());
    return texts.at(-1)!;
  };
  const rows = async <Key extends string>(key: Key, below = "") =>
    (JSON.parse(await ask(`/api/v2/${below}${key}`)) as Record<Key, readonly Record<string, number>[]>)[key];
  for (const path of ["metrics", "api/v2/builds?property=*"]) await ask(`/${path}`);
  for (const key of ["builders", "workers", "changes", "buildrequests", "masters"]) await rows(key);
  const logs: number[] = [];
  for (const { buildid } of await rows("builds")) {
    for (const key of ["properties", "changes"]) await rows(key, `builds/${buildid}/`);
    for (const { stepid } of await rows("steps", `builds/${buildid}/`)) {
      logs.push(...(await rows("logs", `steps/${stepid}/`)).map(({ logid }) => logid!));
    }
  }
  for (const id of logs) for (const form of ["contents", "raw", "raw_inline"]) await ask(`/api/v2/logs/${id}/${form}`);
  expect(logs.length).toBeGreaterThan(2);
  return texts.join("\n");
}

/** All text of the database, with the logs inflated. */
function storedText(directory: string): string {
  const database = openDatabase(join(directory, "state.sqlite"));
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
  database.close();
  return rows
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? inflated(value) : String(value)))
    .join("\n");
}

function inflated(bytes: Uint8Array): string {
  try {
    return inflateSync(bytes).toString();
  } catch {
    return inflateRawSync(bytes).toString();
  }
}

/** Files of the master but for the secrets themselves. */
function files(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !["token", "key"].includes(name) && statSync(join(directory, name)).isFile())
    .map((name) => readFileSync(join(directory, name), "latin1"))
    .join("\n");
}

test("a planted secret is in none of them", { timeout: 120_000 }, async () => {
  ci = new RunningCi(config(await aForge()), { token: SECRET, key: KEY });
  await ci.ready();
  const worker = await ci.attach("w1");
  const revision = "1481a2de7b2a7d02428ad93446ab166be7793fbb";
  await ci.push({ branch: "main", revision, message: `oops: ${SECRET}`, author: SECRET });
  const build = join("w1", "a", "build");
  await poll("the step to begin", () => ci.read(join(build, "leak.log")) !== "");
  const listed = processListing();
  const { status } = await fetch(`${ci.address}/`);
  expect(status).toBe(200);
  ci.write(join(build, "listed"), "");
  await poll("the build to end", () => ci.ended().length === 1);
  await poll("the results to be sent", () => sentOut.length >= 4);
  const places = {
    "process listing": listed,
    pages: await pages(),
    API: await apiAnswers(),
    "log of the master": ci.log() + ci.master.errors(),
    "log of the worker": worker.printed() + worker.errors() + ci.read(join("w1", "twistd.log")),
    "what was sent out": sentOut.join("\n"),
  };
  await ci.stop();
  const stored = { database: storedText(ci.directory), "files of the master": files(ci.directory) };
  for (const [place, text] of Object.entries({ ...places, ...stored })) {
    expect(text.length, place).toBeGreaterThan(0);
    for (const form of FORMS) expect(text.includes(form), `${form} in the ${place}`).toBe(false);
  }
  expect(stored.database).toContain("token: <token>");
  expect(stored.database).toContain("stdin: <token>");
  expect(stored.database).toContain("IN_TEXT=a<token>b");
  expect(stored.database).toContain("oops: <token>");
  expect(new SecretMask(new Map([["token", SECRET]])).text(stored.database)).toBe(stored.database);
});
