// Results that go out, to servers of the test: what is sent, when, and that nothing is lost or sent twice.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { MasterConfig, ReporterConfig } from "../../../src/master/master-config.ts";
import { signatureOf } from "../../../src/master/sources/index.ts";
import { type Listening, listen } from "../../support/listening.ts";
import { poll } from "../../support/poll.ts";
import { webConfig } from "../../support/web-visitor.ts";
import type { FakeLink } from "../fake-link.ts";
import { builder, config, shellStep, TestMaster } from "../test-master.ts";

const REVISION = "1481a2de7b2a7d02428ad93446ab166be7793fbb";
const REPOSITORY = "https://git.example.org/ada/engine.git";

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly content: Record<string, unknown>;
}

/** Keeps what it receives. */
class Forge {
  readonly received: Received[] = [];
  /** Statuses of the next answers; then 201. */
  readonly answers: number[] = [];
  url = "";
  #listening: Listening | undefined;

  async listen(): Promise<void> {
    this.#listening = await listen(createServer((request, response) => void this.#receive(request, response)));
    this.url = `http://127.0.0.1:${this.#listening.port}`;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const content = JSON.parse(body) as Record<string, unknown>;
    this.received.push({ path: `${request.method} ${request.url}`, headers: request.headers, body, content });
    response.writeHead(this.answers.shift() ?? 201).end("answer");
  }

  async end(): Promise<void> {
    await this.#listening?.end();
  }
}

const [forges, masters]: [Forge[], TestMaster[]] = [[], []];

afterEach(async () => {
  for (const master of masters.splice(0)) await master.remove();
  for (const forge of forges.splice(0)) await forge.end();
});

async function aForge(): Promise<Forge> {
  const forge = new Forge();
  forges.push(forge);
  await forge.listen();
  return forge;
}

function withReporter(reporter: ReporterConfig): MasterConfig {
  const web = { ...webConfig, url: "https://ci.example.org/" };
  return config([builder("a b", [shellStep("one")])], {
    reporters: [reporter],
    web,
    secrets: new Map([["planted", "planted-secret"]]),
    changeSources: [{ type: "plain", name: "push", repository: REPOSITORY, branches: ["*"], secret: "sekret" }],
    schedulers: [
      { type: "branch", name: "all", builders: ["a b"], repository: undefined, branches: ["*"], treeStableSeconds: 0 },
    ],
  });
}

async function started(masterConfig: MasterConfig): Promise<{ readonly made: TestMaster; readonly link: FakeLink }> {
  const made = new TestMaster(masterConfig);
  masters.push(made);
  return { made, link: await made.attach() };
}

/** Builds a change whose step ends with this code. */
async function build({ made, link }: Awaited<ReturnType<typeof started>>, number: number, code: number): Promise<void> {
  const revision = REVISION.slice(0, -1) + String(number);
  const body = JSON.stringify({ branch: "main", revision, author: "Ada", message: "with planted-secret" });
  const timestamp = String(Math.floor(made.clock.date().getTime() / 1000));
  const headers: Record<string, string> = {
    "x-buildhand-timestamp": timestamp,
    "x-buildhand-signature": signatureOf("sekret", timestamp, body),
  };
  made.master.sources.receive("push", { header: (name) => headers[name], body: Buffer.from(body) });
  const command = await poll("the command", () => link.commands[number - 1]);
  command.complete(code);
  await made.ended("a b", number);
}

/** While time passes for the master. */
function later({ clock }: TestMaster, what: string, probe: () => boolean): Promise<unknown> {
  return poll(what, () => {
    clock.advance(1000);
    return probe();
  });
}

test.each([
  ["github", "", "Bearer token-of-forge"],
  ["gitea", "/api/v1", "token token-of-forge"],
] as const)(
  "a commit on %s becomes pending, and then has the result of its build",
  async (type, api, authorization) => {
    const forge = await aForge();
    const reporter = { type, name: type, builders: undefined, url: forge.url, token: "token-of-forge" };
    const running = await started(withReporter(reporter));
    await build(running, 1, 0);
    await build(running, 2, 3);
    await poll("four statuses", () => forge.received.length === 4);
    const path = (number: number) => `POST ${api}/repos/ada/engine/statuses/${REVISION.slice(0, -1)}${number}`;
    expect(forge.received.map((one) => [one.path, one.content["state"]])).toEqual([
      [path(1), "pending"],
      [path(1), "success"],
      [path(2), "pending"],
      [path(2), "failure"],
    ]);
    expect(forge.received[3]?.content).toEqual({
      state: "failure",
      context: "buildhand/a b",
      description: "'one' failed with exit code 3",
      target_url: "https://ci.example.org/builders/a%20b/builds/2",
    });
    expect(forge.received[0]?.headers).toMatchObject({ authorization, "content-type": "application/json" });
  },
);

test("a webhook gets a signed POST when the result of a branch changes, and only then", async () => {
  const forge = await aForge();
  const reporter = { type: "webhook", name: "chat", builders: undefined, url: forge.url, secret: "key" } as const;
  const running = await started(withReporter(reporter));
  for (const [index, code] of [0, 0, 1, 1, 0].entries()) await build(running, index + 1, code);
  await poll("three messages", () => forge.received.length === 3);
  expect(
    forge.received.map(({ content }) => [content["number"], content["previousResult"], content["result"]]),
  ).toEqual([
    [1, null, "SUCCESS"],
    [3, "SUCCESS", "FAILURE"],
    [5, "FAILURE", "SUCCESS"],
  ]);
  const { headers, body, content } = forge.received[1]!;
  expect(headers["x-buildhand-signature"]).toBe(signatureOf("key", String(headers["x-buildhand-timestamp"]), body));
  expect(content).toMatchObject({ builder: "a b", branch: "main", repository: REPOSITORY, message: "with <planted>" });
});

test("what is not accepted is sent again later, also by the next master, in order and once", async () => {
  const forge = await aForge();
  forge.answers.push(500, 503, 429);
  const reporter = { type: "github", name: "hub", builders: undefined, url: forge.url, token: "t" } as const;
  const running = await started(withReporter(reporter));
  await build(running, 1, 0);
  await poll("a first try", () => forge.received.length === 1 && running.made.said.some((line) => /500/.test(line)));
  await later(running.made, "a second try", () => running.made.said.some((line) => /503/.test(line)));
  await running.made.restart(withReporter(reporter));
  await poll("a third try", () => running.made.said.some((line) => /429/.test(line)));
  await later(running.made, "all", () => forge.received.length === 5);
  expect(forge.received.map(({ content }) => content["state"])).toEqual([
    "pending",
    "pending",
    "pending",
    "pending",
    "success",
  ]);
});

test("what the server refuses for good is not sent again, and the log says so without the token", async () => {
  const forge = await aForge();
  forge.answers.push(401, 401);
  const reporter = {
    type: "github",
    name: "hub",
    builders: undefined,
    url: forge.url,
    token: "planted-secret",
  } as const;
  const running = await started(withReporter(reporter));
  await build(running, 1, 0);
  await poll("both", () => running.made.said.filter((line) => line.includes("is not sent again")).length === 2);
  expect(running.made.said.join()).toContain(`${forge.url} did not accept a result: 401 answer`);
  expect(running.made.said.join()).not.toContain("planted-secret");
});

test("a reporter takes only its builders, and a server that is away loses nothing", async () => {
  const forge = await aForge();
  const other = { type: "github", name: "other", builders: ["other"], url: forge.url, token: "t" } as const;
  const away = {
    type: "webhook",
    name: "away",
    builders: undefined,
    url: "http://127.0.0.1:1",
    secret: undefined,
  } as const;
  const running = await started({ ...withReporter(other), reporters: [other, away] });
  await build(running, 1, 0);
  await poll("a failure", () => running.made.said.some((line) => line.includes("is sent again later")));
  running.made.master.reconfigure({ ...withReporter(other), reporters: [other, { ...away, url: forge.url }] });
  await later(running.made, "the message", () => forge.received.length === 1);
  expect(forge.received[0]?.content).toMatchObject({ result: "SUCCESS" });
});
