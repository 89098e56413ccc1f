// Hooks over HTTP: forged, oversized and repeated ones, at the port of the status page.
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOOK_LIMIT_BYTES } from "../../../src/master/sources/index.ts";
import { poll } from "../../support/poll.ts";
import { RunningCi } from "../running-ci.ts";

const REVISION = "1481a2de7b2a7d02428ad93446ab166be7793fbb";

let ci: RunningCi;

beforeAll(async () => {
  ci = new RunningCi({
    builders: [{ name: "a", workers: ["w1"], steps: [{ shell: "true" }] }],
    schedulers: [{ branch: { builders: ["a"] } }],
  });
  await ci.ready();
  await ci.attach("w1");
});

afterAll(() => ci.close());

test("a change starts a build, and its repetition none", async () => {
  const content = { branch: "main", revision: REVISION, author: "Ada", message: "one" };
  expect(await ci.push(content)).toEqual({ status: 202, text: "branch 'main' has changed\n" });
  expect(await ci.push(content)).toEqual({ status: 200, text: "ignored: this change is known\n" });
  await poll("the build", () => ci.ended().length === 1);
  expect(await ci.push(content)).toMatchObject({ status: 200 });
  expect(await ci.push({ ...content, revision: REVISION.replace("1", "2") })).toMatchObject({ status: 202 });
  await poll("the second build", () => ci.ended().length === 2);
});

test("forged ones are refused before they are parsed, and logged", async () => {
  const { status, text } = await ci.push(
    { branch: "main", revision: REVISION },
    { "x-buildhand-signature": "sha256=0" },
  );
  expect([status, text]).toEqual([401, expect.stringContaining("the signature is missing or wrong")]);
  expect(await ci.send("{", {})).toMatchObject({ status: 401 });
  expect(await ci.send(Buffer.from([0xff, 0, 0xfe]), {})).toMatchObject({ status: 401 });
  expect(ci.log()).toContain("hook 'push' refused a message: the signature is missing or wrong");
});

test("there is no other hook, and a hook is no page", async () => {
  expect((await fetch(`${ci.address}/hooks/other`, { method: "POST", body: "{}" })).status).toBe(404);
  expect((await fetch(`${ci.address}/hooks/push`)).status).toBe(404);
});

test("one that announces too much is refused before it is sent", async () => {
  const { hostname, port } = new URL(ci.address);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  const head = [
    "POST /hooks/push HTTP/1.1",
    `Host: ${hostname}:${port}`,
    `Content-Length: ${HOOK_LIMIT_BYTES + 1}`,
    "",
    "",
  ];
  socket.write(head.join("\r\n"));
  await poll("the answer", () => answer.includes("\r\n\r\n"));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test("one that grows too large without an announcement is refused, and others are still accepted", async () => {
  const { hostname, port } = new URL(ci.address);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  socket.write(`POST /hooks/push HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const chunk = Buffer.alloc(64 * 1024, "a");
  for (let sent = 0; sent <= HOOK_LIMIT_BYTES; sent += chunk.length) {
    socket.write(Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]));
  }
  await poll("the answer", () => answer !== "" || socket.destroyed);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
  expect((await ci.push({ branch: "other", revision: REVISION })).status).toBe(202);
});
