// A round of what builds do, one thing after the other: commands with output, on pipes and on a PTY, with logs that are
// watched; transfers; file commands; timeouts, interrupts and failures; and connections that are lost in the middle.
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandReport } from "../support/fake-master.ts";
import { SOAK_BUILDERS, type SoakArguments, type SoakedWorker, type SoakFile, type SoakPeer } from "./soaked-worker.ts";

const UPLOAD_BYTES = 1_000_000;
const DOWNLOAD_BYTES = 1_000_000;
const FILES_OF_A_DIRECTORY = 20;
const BYTES_OF_EACH = 20_000;
const BLOCK_BYTES = 65_536;
const TRANSFER = { maxsize: null, blocksize: BLOCK_BYTES };
const FINE: SoakFile = { downloadBytes: DOWNLOAD_BYTES };
const STUCK: SoakFile = { downloadBytes: DOWNLOAD_BYTES, until: new Promise(() => {}) };

/** Rejects when a command does not end with the rc it has to. */
type SoakStep = (scene: SoakScene) => Promise<void>;

export interface SoakScene {
  peer: SoakPeer;
  readonly soaked: SoakedWorker;
}

export function makeFiles(directory: string): void {
  mkdirSync(join(directory, "tree/sub"), { recursive: true });
  makeFile(join(directory, "big"), UPLOAD_BYTES);
  for (let n = 0; n < FILES_OF_A_DIRECTORY; n += 1) makeFile(join(directory, `tree/sub/f${n}`), BYTES_OF_EACH);
}

function makeFile(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

export const soakSteps = {
  "a short command": (scene) => shell(scene, "echo built"),
  "a command that prints 4000 lines": (scene) => shell(scene, "seq -f 'line %.0f of a build that prints a lot' 4000"),
  "a command that prints 2000 lines on each of its two outputs": (scene) =>
    shell(scene, "for n in $(seq 2000); do echo out $n; echo err $n >&2; done"),
  "2000 lines on a PTY": (scene) => shell(scene, "seq -f 'line %.0f of a build on a terminal' 2000", { usePTY: true }),
  "a program of words": (scene) => shell(scene, ["sh", "-c", "exit 3"], {}, 3),
  "a program that does not exist": (scene) => shell(scene, ["/nonexistent"], {}, 1),
  "a command that reads its input": (scene) => shell(scene, "wc", { initial_stdin: "some input\n" }),
  "a command that leaves a process behind": (scene) => shell(scene, "sleep 0.3 & echo started"),
  "many commands at once": async (scene) => {
    const print = "seq -f 'line %.0f of one of many builds' 1000; sleep 0.2";
    const reports = await Promise.all(SOAK_BUILDERS.map((builder) => startShell(scene, print, {}, builder)));
    for (const report of reports) await ended(report, 0);
  },
  "watched logs": (scene) => {
    const print = (file: string) => `seq -f 'line %.0f of ${file}' 2000 >> ${file}`;
    const script = `rm -f a.log; ${print("a.log")}; ${print("b.log")}; sleep 0.5; ${print("a.log")}`;
    const followed = new Map<string, string | boolean>([
      ["filename", "b.log"],
      ["follow", true],
    ]);
    const logfiles = new Map<string, string | typeof followed>([
      ["a", "a.log"],
      ["b", followed],
    ]);
    return shell(scene, script, { logfiles });
  },
  "an upload": (scene) => run(scene, "upload_file", { path: inside(scene, "big"), ...TRANSFER, keepstamp: true }, FINE),
  "an upload of a file that does not exist": (scene) =>
    run(scene, "upload_file", { path: inside(scene, "none"), ...TRANSFER, keepstamp: false }, FINE, 1),
  "a download": (scene) =>
    run(scene, "download_file", { path: inside(scene, "arrived"), ...TRANSFER, mode: null }, FINE),
  "an upload of a directory": (scene) => uploadDirectory(scene, null),
  "an upload of a directory by gz": (scene) => uploadDirectory(scene, "gz"),
  "an upload of a directory by bz2": (scene) => uploadDirectory(scene, "bz2"),
  mkdir: (scene) => run(scene, "mkdir", { paths: [inside(scene, "made/deep")] }),
  cpdir: (scene) =>
    run(scene, "cpdir", { from_path: inside(scene, "tree"), to_path: inside(scene, "copied"), timeout: 60 }),
  stat: (scene) => run(scene, "stat", { path: inside(scene, "big") }),
  "stat of nothing": (scene) => run(scene, "stat", { path: inside(scene, "none") }, undefined, 2),
  listdir: (scene) => run(scene, "listdir", { path: inside(scene, "tree/sub") }),
  glob: (scene) => run(scene, "glob", { path: inside(scene, "tree/*/f1*") }),
  rmfile: (scene) => run(scene, "rmfile", { path: inside(scene, "arrived") }),
  rmdir: (scene) => run(scene, "rmdir", { paths: [inside(scene, "copied"), inside(scene, "made")], timeout: 60 }),
  "a command that prints nothing for too long": (scene) => shell(scene, "sleep 60", { timeout: 1 }, -1),
  "a command that runs for too long on a PTY": (scene) =>
    shell(scene, "while echo on; do sleep 0.1; done", { maxTime: 1, usePTY: true }, -1),
  async "a command that is interrupted"({ peer, soaked }) {
    const report = await startShell({ peer, soaked }, "echo begun; sleep 60 & wait");
    await report.printed("stdout", "begun");
    await peer.interrupt(report.id);
    await ended(report, -1);
  },
  async "a transfer that is interrupted"(scene) {
    const args = { path: inside(scene, "big"), ...TRANSFER, keepstamp: false };
    let answer: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const report = await scene.peer.start("upload_file", args, { file: { ...FINE, until } });
    await scene.peer.interrupt(report.id);
    answer();
    await ended(report, 1);
  },
  "an orderly end of the connection": (scene) => reconnect(scene, "fin"),
  "a reset of the connection while all kinds of commands run": async (scene) => {
    const on = "while echo on; do sleep 0.05; done";
    const printing = await startShell(scene, on, {}, "b1");
    const onTerminal = await startShell(scene, on, { usePTY: true }, "b2");
    const transfers = {
      upload_file: { path: inside(scene, "big"), keepstamp: false },
      upload_directory: { path: inside(scene, "tree"), compress: "gz" },
      download_file: { path: inside(scene, "arrived"), mode: null },
    };
    for (const [n, [name, args]] of Object.entries(transfers).entries()) {
      await scene.peer.start(name, { ...TRANSFER, ...args }, { file: STUCK, builder: `b${n + 3}` });
    }
    await Promise.all([printing.printed("stdout", "on"), onTerminal.printed("stdout", "on")]);
    await reconnect(scene, "rst");
  },
} satisfies Readonly<Record<string, SoakStep>>;

const inside = ({ soaked }: SoakScene, name: string) => join(soaked.directory, name);

async function reconnect(scene: SoakScene, how: "fin" | "rst"): Promise<void> {
  scene.peer.lose(how);
  scene.peer = await scene.soaked.attached();
}

function uploadDirectory(scene: SoakScene, compress: string | null): Promise<void> {
  const args = { path: inside(scene, "tree"), ...TRANSFER, compress };
  return run(scene, "upload_directory", args, FINE);
}

async function shell(
  scene: SoakScene,
  command: string | readonly string[],
  args: SoakArguments = {},
  rc = 0,
): Promise<void> {
  await ended(await startShell(scene, command, args), rc);
}

function startShell(
  { peer, soaked }: SoakScene,
  command: string | readonly string[],
  args: SoakArguments = {},
  builder = "b1",
): Promise<CommandReport> {
  return peer.start("shell", { command, workdir: soaked.directory, logEnviron: false, ...args }, { builder });
}

async function run({ peer }: SoakScene, command: string, args: SoakArguments, file?: SoakFile, rc = 0): Promise<void> {
  await ended(await peer.start(command, args, { file }), rc);
}

async function ended(report: CommandReport, rc: number): Promise<void> {
  await report.completed;
  const was = report.value("rc");
  if (was !== rc) throw new Error(`rc ${String(was)}, not ${rc}: ${JSON.stringify(report.updates).slice(0, 500)}`);
  report.updates.length = 0;
}
