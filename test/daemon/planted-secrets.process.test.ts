// Secrets planted wherever a worker may find them, over both protocols, through commands, failures, reconnects, status, metrics,
// doctor and its bundle: none is in anything that the worker itself writes, in any form. The output of commands is not changed.
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { pythonRepr } from "../../src/base/python-repr.ts";
import { Tuple } from "../../src/base/python-values.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import type { MsgpackValue } from "../../src/wire/msgpack/values.ts";
import { commandLine } from "../cli/command-line.ts";
import { type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { rowsOf } from "../support/sized.ts";
import { type Installation, install, makeBasedir } from "./worker-program.ts";

/** Each is found in one place only, so that a leak shows its source. */
const planted = {
  password: "Pl4nted-pass+word/of'worker",
  file: "pl4nted.token-in.file==x",
  environment: "pl4nted~proxy!password",
  url: "Pl4ntedUrlPasswordOfStep",
  hidden: 'pl4nted "hidden" wörd\\of-master',
} as const;

const base64 = (value: string) => Buffer.from(value).toString("base64");

/** What grep would look for. Base64 depends on the place, so that of two texts around the secret is searched for. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll("'", "%27"),
  JSON.stringify(secret).slice(1, -1),
  pythonRepr(Buffer.from(secret)).slice(2, -1),
  ...["", "u:", "me:"].flatMap((user) => {
    const encoded = base64(`${user}${secret}`).replace(/=*$/, "");
    const core = encoded.slice(Math.ceil((user.length * 4) / 3) + 1, -2);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  }),
];
const forbidden = Object.values(planted).flatMap(formsOf);

/** The secrets as they could be passed on by a careless script. */
const careless = (secret: string) =>
  [secret, encodeURIComponent(secret), base64(secret), base64(`u:${secret}`), base64(`me:${secret}`)].join(" ");

function leaksIn(texts: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(texts).flatMap(([place, written]) =>
    forbidden.flatMap((form) => {
      const at = written.indexOf(form);
      return at < 0 ? [] : [`${place}: ...${written.slice(Math.max(at - 200, 0), at + form.length + 50)}...`];
    }),
  );
}

let installation: Installation;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => installation.remove());

/** A master that starts commands over one of the protocols. */
interface Driver {
  /** In the directory `build` of a builder. The values of `command` may be hidden words. */
  readonly start: (name: string, args: Record<string, unknown>) => Promise<CommandReport>;
  readonly print: (message: string) => Promise<unknown>;
  readonly interrupt: (report: CommandReport, why: string) => Promise<unknown>;
}

interface Protocol {
  readonly variables: Readonly<Record<string, string>>;
  readonly listen: () => Promise<{
    readonly port: number;
    readonly next: () => Promise<Driver>;
    readonly disconnect: () => void;
    readonly close: () => Promise<void>;
  }>;
  readonly hide: (real: string) => unknown;
}

const passwords = { w1: planted.password };

const protocols: Readonly<Record<string, Protocol>> = {
  pb: {
    variables: {},
    hide: (real) => new Tuple(["obfuscated", real, "XXX"]),
    async listen() {
      const master = await FakeMaster.listen({ passwords });
      return {
        port: master.port,
        async next() {
          const worker = await master.nextWorker();
          const builder = (await worker.setBuilders("b1")).get("b1")!;
          return {
            start: (name, args) => worker.startCommand(builder, name, args as Record<string, JellyValue>),
            print: (message) => worker.call("print", message),
            interrupt: ({ id }, why) => worker.broker.call(builder, "interruptCommand", [id, why]),
          };
        },
        disconnect: () => void [...master.sockets].map((socket) => socket.destroy()),
        close: () => master.close(),
      };
    },
  },
  msgpack: {
    variables: { protocol: "'msgpack_experimental_v7'", msgpack_log: "'yes'" },
    hide: (real) => ["obfuscated", real, "XXX"],
    async listen() {
      const master = await FakeMsgpackMaster.listen({ passwords });
      return {
        port: master.port,
        async next() {
          const worker = await master.nextWorker();
          const basedir = String(worker.info.get("basedir"));
          return {
            start(name, args) {
              const workdir = join(basedir, "b1", String(args["workdir"] ?? "."));
              return worker.startCommand(name, { ...(args as Record<string, MsgpackValue>), workdir });
            },
            print: (message) => worker.request("print", { message }),
            interrupt: ({ id }, why) =>
              worker.request("interrupt_command", { command_id: id, builder_name: "b1", why }),
          };
        },
        disconnect: () => void [...master.sockets].map((socket) => socket.destroy()),
        close: () => master.close(),
      };
    },
  },
};

/** What a command printed, which runs in this process unless it is a worker. */
async function finished(words: readonly string[], environment: Readonly<Record<string, string>>) {
  if (words[0] !== "start") {
    const { printed, errors } = await commandLine(words, { environment });
    return { printed, complained: errors };
  }
  const program = installation.start(words, { environment });
  await program.ended;
  return program;
}

async function pageOf(socketPath: string, path: string): Promise<string> {
  const [response] = (await once(request({ socketPath, path }).end(), "response")) as [IncomingMessage];
  return text(response);
}

/** Everything in the base directory but what the owner or a build put there. */
function filesOf(basedir: string): Record<string, string> {
  const names = readdirSync(basedir, { recursive: true, encoding: "utf8" }).filter(
    (name) => !/^(?:buildbot\.tac|b1)/.test(name) && statSync(join(basedir, name)).isFile(),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(basedir, name), "utf8")]));
}

/** What is the worker's own in a report: headers, its errors on stderr, and failures. */
function ownTexts(report: CommandReport, failure: unknown): string {
  return `${report.text("header")}\n${JSON.stringify(failure)}`;
}

/** `doctor` takes long, and its bundle has all that it says. */
const isTypical = ([command]: readonly string[]) => command !== "doctor";
const askings = rowsOf(
  [["status", "--json"], ["status"], ["doctor"], ["doctor", "--json"], ["tac", "check"]],
  isTypical,
);
const askingsAfterTheEnd = rowsOf([["status"], ["doctor"], ["start", "--nodaemon", "--tls-pin=x"]], isTypical);

const typicalProtocols = rowsOf(Object.entries(protocols), ([name]) => name === "pb");
describe.each(typicalProtocols)("planted secrets, over %s,", (_name, { variables, hide, listen }) => {
  test("are in nothing that the worker writes", async () => {
    const master = await listen();
    closings.push(() => master.close());
    const tokenFile = installation.newPath();
    writeFileSync(tokenFile, `${planted.file}\n`);
    const environment = {
      DEPLOY_TOKEN_FILE: tokenFile,
      SOME_INDEX: `https://me:${encodeURIComponent(planted.environment)}@index.example/simple`,
      UNNAMED: careless(planted.file),
      HIDDEN_BY_RULE: "hidden-by-rule",
      NODE_OPTIONS: "--no-warnings",
    };
    const basedir = makeBasedir(installation.newPath(), {
      port: master.port,
      variables: { ...variables, passwd: pythonRepr(planted.password), env_hide: "'HIDDEN_*'" },
    });
    const socketPath = installation.newPath();
    const program = installation.start(["start", "--nodaemon", `--status-listen=${socketPath}`, basedir], {
      environment,
    });
    closings.push(async () => {
      program.child.kill("SIGKILL");
      await program.ended;
    });
    const driver = await master.next();
    const all = Object.values(planted).map(careless).join("\n");
    const url = `https://me:${planted.url}@host.example/repo.git`;
    const env = new Map([
      ["CARELESS", all],
      ["REPO", url],
    ]);
    const written: Record<string, string> = {};
    const run = async (name: string, args: Record<string, unknown>) => {
      const report = await driver.start(name, args);
      written[`${name} ${report.id}`] = ownTexts(report, await report.completed);
      return report;
    };
    const shell = (command: unknown, others: Record<string, unknown> = {}) =>
      run("shell", { command, workdir: "build", env, ...others });

    // Byte for byte, while the header has none of it.
    const first = await shell(["printf", "%s\\n", hide(planted.hidden), all, url]);
    expect(first.text("stdout")).toBe(`${planted.hidden}\n${all}\n${url}\n`);
    expect(first.text("header")).toContain("https://***@host.example/repo.git");
    const variablesOfBuild = (await shell("env", { logEnviron: false, env: new Map() })).text("stdout");
    expect(variablesOfBuild).toContain(`UNNAMED=${environment.UNNAMED}\n`);
    expect(variablesOfBuild).toContain("\nNODE_OPTIONS=--no-warnings\n");
    expect(variablesOfBuild).not.toContain("hidden-by-rule");

    await shell(`true '${planted.password.replaceAll("'", "")}'; exit 3`);
    await shell([join("/nowhere", planted.file)]);
    await shell([hide(planted.hidden), planted.hidden]);
    await shell(["sh", "-c", "sleep 1000", careless(planted.file)], { timeout: 1 });
    await shell(["sh", "-c", "echo 1; echo 2; echo 3; sleep 1000", url], { max_lines: 2 });
    await shell("true", { logfiles: new Map([["log", careless(planted.environment).replaceAll("/", "_")]]) });
    const isPb = variables["protocol"] === undefined;
    const path = (name: string) => (isPb ? name : join(basedir, "b1", name));
    await run("mkdir", isPb ? { dir: planted.file } : { paths: [path(planted.file)] });
    await run("stat", isPb ? { file: `no/${planted.file}` } : { path: path(`no/${planted.file}`) });
    await run("rmdir", isPb ? { dir: planted.file } : { paths: [path(planted.file)] });
    await run("rmfile", { path: path(`no/${planted.url}`) });
    await run("listdir", isPb ? { dir: `no/${planted.file}` } : { path: path(`no/${planted.file}`) });
    await run("glob", { path: path(`${planted.file}/*`) });
    await run("uploadFile", { workersrc: planted.file, maxsize: null, blocksize: 100 }).catch(() => {});
    await driver.start(`no-${planted.url}`, {}).catch(() => {});
    await driver.print(`hello ${all}`);

    const isAttached = (status: string) => status.includes('"attached":true');
    const lost = await driver.start("shell", { command: `echo '${planted.url}'; sleep 1000`, workdir: "build", env });
    await lost.printed("stdout", planted.url);
    for (const words of askings) {
      const { printed, complained } = await finished([...words, basedir], environment);
      expect(printed).not.toBe("");
      if (words[1] === "--json" && words[0] === "status") expect(isAttached(printed)).toBe(true);
      written[words.join(" ")] = printed + complained;
    }
    for (const page of ["/metrics", "/healthz", "/readyz"]) written[page] = await pageOf(socketPath, page);
    const stopped = await driver.start("shell", { command: "sleep 1000", workdir: "other", env });
    await stopped.printed("header", "using PTY");
    await driver.interrupt(stopped, `because of ${all}`);
    written["interrupted"] = ownTexts(stopped, await stopped.completed);

    master.disconnect();
    const second = await master.next();
    const silent = await second.start("shell", {
      command: "printf '%s\\n' \"$CARELESS\"; sleep 1000",
      workdir: "build",
      env,
    });
    await silent.printed("stdout", planted.url);
    const bundle = installation.newPath();
    const bundling = await finished(["doctor", `--bundle=${bundle}`, basedir], environment);
    expect(bundling.complained).toBe(`wrote ${bundle}: read it before you send it\n`);
    written["the bundle"] = readFileSync(bundle, "utf8");
    program.child.kill("SIGTERM");
    await program.ended;
    for (const words of askingsAfterTheEnd) {
      const { printed, complained } = await finished([...words, basedir], environment);
      written[`${words.join(" ")} after the end`] = printed + complained;
    }
    Object.assign(written, filesOf(basedir), { "standard output": program.printed + program.complained });

    expect(Object.keys(written)).toEqual(expect.arrayContaining(["twistd.log", "the bundle", "/metrics", "status"]));
    expect(written["twistd.log"]).toContain("message from master: hello ***");
    expect(leaksIn(written)).toEqual([]);
  });
});
