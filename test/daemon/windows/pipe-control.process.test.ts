// Control by a pipe, here by one of Linux: who may use it, and that only one process has a directory.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CONTROL_FILE, pipeControl } from "../../../src/daemon/windows/pipe-control.ts";

let directory: string;
const asked: string[] = [];
const handlers = {
  onStop: () => void asked.push("stop"),
  onDrain: () => void asked.push("drain"),
  status: () => ({ fine: true }),
};
let closings: (() => void)[] = [];
const path = () => join(directory, CONTROL_FILE);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-control-"));
  asked.length = 0;
});

afterEach(() => {
  for (const close of closings) close();
  closings = [];
  rmSync(directory, { recursive: true });
});

async function open(): Promise<void> {
  closings.push(await pipeControl.open(directory, handlers));
}

test("each request reaches its handler and is answered with the pid", async () => {
  await open();
  expect(await pipeControl.ask(directory, "hello")).toEqual({ pid: process.pid });
  expect(await pipeControl.ask(directory, "status")).toEqual({ pid: process.pid, status: { fine: true } });
  expect(asked).toEqual([]);
  await pipeControl.ask(directory, "stop");
  await pipeControl.ask(directory, "drain");
  expect(asked).toEqual(["stop", "drain"]);
});

test("a wrong secret gets no answer and does nothing", async () => {
  await open();
  const { pipe } = JSON.parse(readFileSync(path(), "utf8")) as { readonly pipe: string };
  const socket = connect(pipe);
  socket.on("error", () => {});
  socket.write(`stop ${"0".repeat(64)}\n`);
  let answer = "";
  for await (const piece of socket) answer += String(piece);
  expect([answer, asked]).toEqual(["", []]);
});

test("the file with the secret is private, and goes with the process", async () => {
  await open();
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  closings.pop()?.();
  expect(existsSync(path())).toBe(false);
  expect(await pipeControl.ask(directory, "stop")).toBeUndefined();
});

test("a second process is refused", async () => {
  await open();
  await expect(pipeControl.open(directory, handlers)).rejects.toMatchObject({ code: "ERR_ALREADY_RUNNING" });
  expect(await pipeControl.ask(directory, "hello")).toBeDefined();
});

test.each(["", "{}", '{"pid":1,"pipe":"\\u0000gone","secret":"x"}'])(
  "a file of a dead process is replaced: %j",
  async (text) => {
    writeFileSync(path(), text);
    expect(await pipeControl.ask(directory, "stop")).toBeUndefined();
    await open();
    expect(await pipeControl.ask(directory, "hello")).toEqual({ pid: process.pid });
  },
);
