import { expect, it } from "vitest";
import { attachState, isWorkerProgram } from "../../src/doctor/own-worker.ts";

it.each([
  ["", "unknown"],
  ["something else\n", "unknown"],
  ["Starting Worker -- version: 1\n", "no"],
  ["Starting BuildWorker -- version: 4.2.1\nmessage from master: attached\n", "yes"],
  ["Connected to buildmaster; worker is ready\nsending application-level keepalives every 600 seconds\n", "yes"],
  ["worker is ready\nconnection lost: the master closed the connection\n", "no"],
  ["worker is ready\nScheduling retry 1 to connect m:1 in 1 seconds.\nconnected again\nworker is ready\n", "yes"],
  ["worker is ready\nMain loop terminated.\nServer Shut Down.\n", "no"],
])("a log that ends with %j stands for attached: %s", (log, expected) => {
  expect(attachState(log)).toBe(expected);
});

it.each<[string, boolean]>([
  ["node /usr/lib/buildhand/bin/buildhand.js start --nodaemon /w", true],
  ["/usr/bin/node --max-old-space-size=99 /usr/bin/buildhand start --in-background /w", true],
  ["/usr/bin/python3 /usr/bin/buildbot-worker start --nodaemon /w", true],
  ["/usr/bin/python3 /usr/bin/twistd --no_save -y buildbot.tac", true],
  ["node /usr/bin/buildhand doctor /w", false],
  ["node /usr/bin/buildhand stop /w", false],
  ["vim start buildbot.tac", false],
  ["", false],
])("`%s` is a worker: %s", (line, expected) => {
  expect(isWorkerProgram(line.split(" "))).toBe(expected);
});

it("with several workers, lines of other workers are ignored, and those of the process count", () => {
  const log = [
    "2026-11-23 21:42:26+0000 [w1] message from master: attached",
    "2026-11-23 21:42:26+0000 [w2] message from master: attached",
    "2026-11-23 21:42:27+0000 [w2] connection lost: closed",
  ];
  expect(["w1", "w2", "w3"].map((label) => attachState(log.join("\n"), label))).toEqual(["yes", "no", "unknown"]);
  const ended = [...log, "2026-11-23 21:42:28+0000 [-] Server Shut Down."].join("\n");
  expect(["w1", "w2"].map((label) => attachState(ended, label))).toEqual(["no", "no"]);
});
