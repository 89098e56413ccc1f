// Plants one fault at a time in a healthy worker: doctor finds each of them, and nothing else.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { troubles } from "../../src/doctor/troubles/troubles.ts";
import { ownerHere } from "../../src/process/crash-safety/running-record.ts";
import { startTicksOf } from "../../src/process/tree/process-list.ts";
import { encodeElement } from "../../src/wire/banana/encoder.ts";
import { dialectOffer } from "../../src/wire/pb/negotiation.ts";
import { commandLine } from "../cli/command-line.ts";
import { lives, type StartOptions } from "../daemon/worker-program.ts";
import { type Authority, type CertificateWish, contentOf, inDays, makeAuthority } from "../support/certificates.ts";
import { FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { listen, plainServer } from "../support/listening.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { type Clinic, giveAway, isRoot, openClinic, user } from "./clinic.ts";

const HOUR_DAYS = 1 / 24;
const NAMES = { names: "DNS:localhost,IP:127.0.0.1" };
/** Longer than any number that the system gives to a process. */
const NO_PID = 4_194_305;

let clinic: Clinic;
let root: string;
let authority: Authority;
let untrusted: Authority;
const endings: (() => unknown)[] = [];

beforeAll(() => {
  clinic = openClinic();
  root = mkdtempSync(join(tmpdir(), "buildhand-faults-"));
  chmodSync(root, 0o755);
  authority = makeAuthority(root, "ours");
  untrusted = makeAuthority(root, "strange");
  for (const place of ["ours", "ours/trusted"]) chmodSync(join(root, place), 0o755);
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});
afterAll(async () => {
  await clinic.installation.remove();
  rmSync(root, { recursive: true });
});

async function master(options: FakeMasterOptions = {}): Promise<number> {
  const listening = await FakeMaster.listen(options);
  endings.push(() => listening.close());
  return listening.port;
}

async function serve(server: Server): Promise<number> {
  const listening = await listen(server);
  endings.push(() => listening.end());
  return listening.port;
}

function secured(wish: CertificateWish, by: Authority = authority): Promise<number> {
  return serve(createTlsServer(contentOf(by.issue(`leaf${endings.length}-${by === authority}`, wish)), () => {}));
}

async function closedPort(): Promise<number> {
  const listening = await listen(plainServer(() => {}));
  await listening.end();
  return listening.port;
}

/** TLS to localhost, trusting our authority. */
function tls(port: number): Readonly<Record<string, string>> {
  const text = `tls:localhost:${port}:trustRoots=${authority.directory}`;
  return { buildmaster_host: "None", port: "None", connection_string: `'${text}'` };
}

interface Visit extends StartOptions {
  readonly basedir: string;
  /** In place of the base directory. */
  readonly argv?: readonly string[];
  readonly at?: Clinic;
  /** A process that must stay alive. */
  readonly spared?: number;
}

/** Sends a master's greeting, and nothing else. */
function greet(socket: Socket): void {
  for (const bytes of encodeElement(dialectOffer, "none")) socket.write(bytes);
  socket.resume();
}

/** A fault, the code of its finding, the text of the finding, and a function that creates the fault. */
type Row = readonly [fault: string, code: string, says: RegExp, plant: () => Visit | Promise<Visit>];

const rows: readonly Row[] = [
  [
    "a port of another server",
    "not-a-master",
    /sent "SSH-2\.0-x/,
    async () => ({ basedir: clinic.patient(await serve(plainServer((socket) => void socket.write("SSH-2.0-x\r\n")))) }),
  ],
  [
    "a closed port",
    "port-closed",
    /^TCP: cannot connect to 127\.0\.0\.1:\d+: connection refused/,
    async () => ({ basedir: clinic.patient(await closedPort()) }),
  ],
  [
    "a wrong password",
    "login-refused",
    /does not know worker 'w1', or the password is wrong/,
    async () => ({ basedir: clinic.patient(await master({ passwords: { w1: "another" } })) }),
  ],
  [
    "TLS on a plain port",
    "tls-not-spoken",
    /does not speak TLS \(it sent the greeting of a Buildbot master without TLS\)/,
    async () => ({ basedir: clinic.patient(0, tls(await serve(plainServer(greet)))) }),
  ],
  [
    "no TLS on a TLS port",
    "tls-needed",
    /the server there speaks TLS/,
    async () => ({ basedir: clinic.patient(await secured(NAMES)) }),
  ],
  [
    "an expired certificate",
    "tls-expired",
    /^TLS: the master's certificate expired on \d{4}-\d\d-\d\d/,
    async () => ({ basedir: clinic.patient(0, tls(await secured({ ...NAMES, until: inDays(-2) }))) }),
  ],
  [
    "an untrusted certificate",
    "tls-untrusted",
    /signed by an unknown authority \(issuer 'Authority strange'\)/,
    async () => ({ basedir: clinic.patient(0, tls(await secured(NAMES, untrusted))) }),
  ],
  [
    "a certificate for another host",
    "tls-wrong-name",
    /is for 'elsewhere\.example', not for 'localhost'/,
    async () => ({ basedir: clinic.patient(0, tls(await secured({ names: "DNS:elsewhere.example" }))) }),
  ],
  [
    "a clock that is an hour behind the master's certificate",
    "clock-or-certificate",
    /is not valid before \d{4}-\d\d-\d\d: check the clocks of both hosts/,
    async () => ({ basedir: clinic.patient(0, tls(await secured({ ...NAMES, from: inDays(HOUR_DAYS) }))) }),
  ],
  [
    "a proxy that requires a password",
    "proxy-auth",
    /requires a user name and a password \(407 /,
    async () => {
      const answer = 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n';
      const port = await serve(plainServer((socket) => void socket.once("data", () => socket.end(answer))));
      return { basedir: clinic.patient(9989, { proxy_connection_string: `'tcp:127.0.0.1:${port}'` }) };
    },
  ],
  [
    "a web server on the port",
    "http-server",
    /the server there sends "HTTP\/1\.1 200 OK"/,
    async () => ({ basedir: clinic.patient(await serve(createHttpServer((_, answer) => void answer.end("hello")))) }),
  ],
  [
    "an unknown host name",
    "name-unknown",
    /unknown host name/,
    // Longer than names can be, so that no name server needs to be asked.
    () => ({ basedir: clinic.patient(9989, { buildmaster_host: `'${"x".repeat(64)}.example'` }) }),
  ],
  [
    "a base directory that cannot be read",
    "basedir-unusable",
    /Permission denied/,
    () => {
      const basedir = clinic.patient(9989);
      chmodSync(basedir, 0);
      return { basedir };
    },
  ],
  [
    "a buildbot.tac that everyone can read",
    "tac-readable-by-others",
    /buildbot\.tac has permissions 0644/,
    async () => {
      const basedir = clinic.patient(await master());
      chmodSync(join(basedir, "buildbot.tac"), 0o644);
      return { basedir };
    },
  ],
  [
    "files in info that are the samples",
    "info-sample",
    /admin is still the sample, .*host is still the sample/,
    async () => {
      const basedir = clinic.installation.newPath();
      const address = `127.0.0.1:${await master()}`;
      const made = await commandLine(["create-worker", "-q", basedir, address, "w1", "sekret"]);
      expect(made).toEqual({ code: 0, printed: "", errors: "" });
      giveAway(basedir);
      return { basedir };
    },
  ],
  [
    "a file in place of info",
    "info-unreadable",
    /info is not a directory, so none of its files are sent; expected a directory with files such as admin and host, which may be links$/,
    async () => {
      const basedir = clinic.patient(await master());
      rmSync(join(basedir, "info"), { recursive: true });
      writeFileSync(join(basedir, "info"), "all there is to say\n");
      return { basedir };
    },
  ],
  [
    "a low limit of open files",
    "limit-files",
    /may open 256 files/,
    async () => ({ basedir: clinic.patient(await master()), under: ["prlimit", "--nofile=256:256"] }),
  ],
  [
    "a low limit of processes",
    "limit-processes",
    /may run 200 processes/,
    async () => ({
      basedir: clinic.patient(await master()),
      under: [...ownProcessCount(), "prlimit", "--nproc=200:200"],
    }),
  ],
  [
    "no package for PTYs",
    "pty-missing",
    /the optional package @lydell\/node-pty is not installed/,
    async () => {
      const poor = openClinic({ withOptional: false });
      endings.push(() => poor.installation.remove());
      return { basedir: clinic.patient(await master()), at: poor };
    },
  ],
  [
    "a locale in ASCII",
    "encoding-ascii",
    /text is in ASCII \(LANG=C\)/,
    async () => ({ basedir: clinic.patient(await master()), environment: { LANG: "C" } }),
  ],
  [
    "a locale that is not installed",
    "encoding-ascii",
    /LC_ALL=xx_YY\.UTF-8\): this locale is not installed/,
    // Of which bash complains, too, as no init script does.
    async () => ({
      basedir: clinic.patient(await master()),
      environment: { LC_ALL: "xx_YY.UTF-8", SHELL: "/bin/bash" },
    }),
  ],
  [
    "options that contradict each other",
    "options-contradict",
    /tls_pin is set, but the connection does not use TLS/,
    () => ({ basedir: clinic.patient(9989, { tls_pin: `'${"ab".repeat(32)}'` }) }),
  ],
  [
    "use_tls beside a connection string without TLS",
    "options-contradict",
    /^use_tls is set, but the connection string begins with tcp:/,
    async () => {
      const way = { buildmaster_host: "None", port: "None", connection_string: `'tcp:127.0.0.1:${await master()}'` };
      return { basedir: clinic.patient(0, { ...way, use_tls: "1" }) };
    },
  ],
  [
    "a maxdelay of 0",
    "option-without-effect",
    /maxdelay = 0 has the effect of 1/,
    async () => ({ basedir: clinic.patient(await master(), { maxdelay: "0" }) }),
  ],
  [
    "a line of buildbot.tac that only Python can run",
    "tac-python",
    /buildbot\.tac, line \d+: /,
    () => ({ basedir: clinic.patient(9989, { passwd: "subprocess.check_output(['pass'])" }) }),
  ],
  [
    "a stale pid file of a crash",
    "pid-stale",
    /twistd\.pid names process 4194305, which is not a worker of this directory/,
    async () => {
      const basedir = clinic.patient(await master());
      writeFileSync(join(basedir, "twistd.pid"), String(NO_PID));
      return { basedir };
    },
  ],
  [
    "another worker with the same name",
    "name-in-use",
    /rejecting duplicate worker: another worker is connected as 'w1'/,
    async () => {
      const row = { code: "ERR_TEST", family: "remote", remoteType: "builtins.RuntimeError" } as const;
      const refusesWith = new WorkerError(row, "rejecting duplicate worker");
      return { basedir: clinic.patient(await master({ refusesWith })) };
    },
  ],
  [
    "leftover processes of a crashed worker",
    "processes-left",
    /worker process \d+ has ended and left: process \d+ \(sleep\)/,
    async () => {
      const basedir = clinic.patient(await master());
      const left = spawn("sleep", ["600"], { detached: true, stdio: "ignore", ...user });
      endings.push(() => left.kill("SIGKILL"));
      const pid = left.pid ?? 0;
      const record = `worker ${NO_PID} 1 ${ownerHere().world}\n+${pid}:${startTicksOf(pid)}::\n`;
      writeFileSync(join(basedir, `buildhand-commands.${NO_PID}`), record);
      giveAway(basedir);
      return { basedir, spared: pid };
    },
  ],
];

async function expectFound([, code, says, plant]: Row): Promise<void> {
  const { basedir, argv = [basedir], at = clinic, spared, ...options } = await plant();
  const before = treeOf(basedir);
  const found = await at.examine(argv, options);
  expect(found.findings.map((one) => one.code)).toEqual([code]);
  const [finding] = found.findings;
  expect([finding?.text, ...(finding?.lines ?? [])].join("\n")).toMatch(says);
  expect(finding?.meaning).toBe(troubles[code as keyof typeof troubles].meaning);
  expect(finding?.cure.length).toBeGreaterThan(10);
  expect(found.code).toBe(2);
  expect(JSON.stringify(found)).not.toContain("sekret");
  expect(treeOf(basedir)).toBe(before);
  if (spared !== undefined) expect(lives(spared)).toBe(true);
}

/** The output of `find` for a directory, which doctor must not change. */
function treeOf(path: string): string {
  return spawnSync("find", [path, "-printf", "%p %m %u %s %T@ %i\\n"], { encoding: "utf8" }).stdout;
}

/** Where the kernel allows it, processes that the same user runs elsewhere do not count against a limit of processes. */
function ownProcessCount(): readonly string[] {
  const words = ["unshare", "--user"];
  return spawnSync(words[0]!, [...words.slice(1), "true"], user).status === 0 ? words : [];
}

/** Of each check that looks at something else one; what each makes of other facts is in the tests of the checks. */
const typical = [
  "not-a-master",
  "login-refused",
  "tls-not-spoken",
  "tls-untrusted",
  "proxy-auth",
  "basedir-unusable",
  "tac-readable-by-others",
  "limit-files",
  "option-without-effect",
  "tac-python",
  "processes-left",
];

describe("doctor finds", () => {
  it.each(rowsOf(rows, ([, code]) => typical.includes(code)))("%s: %s", async (...row) => {
    await expectFound(row);
  });
});

it("doctor has no findings for a healthy worker", async () => {
  const found = await clinic.examine([clinic.patient(await master())]);
  expect(found.findings).toEqual([]);
  expect(found.code).toBe(0);
  expect(found.said).toContainEqual(expect.stringMatching(/^fine credentials: the master accepts the name 'w1'/));
});

it("doctor shows the chain of a certificate with its names and dates, valid or not", async () => {
  const port = await secured({ ...NAMES, until: inDays(-2) });
  const found = await clinic.examine([clinic.patient(0, tls(port))]);
  const [finding] = found.findings;
  expect(finding?.lines).toEqual([
    expect.stringMatching(/^TLSv1\.[23], /),
    expect.stringMatching(
      /^certificate of 'leaf\d+-true', for DNS:localhost, IP Address:127\.0\.0\.1, valid from .* UTC to .* UTC, signed by 'Authority ours'$/,
    ),
    expect.stringMatching(/^certificate of 'Authority ours', /),
  ]);
});

describe("with the arguments of create-worker, before the base directory exists, doctor", () => {
  it("runs the same checks, and creates nothing", async () => {
    const basedir = clinic.installation.newPath();
    const place = join(basedir, "..");
    const address = `127.0.0.1:${await master()}`;
    const before = readdirText(place);
    const options = ["--keepalive=60", "--allow-shutdown=signal"];
    // The owner of the installation may create the directory there.
    const found = await clinic.examine([...options, basedir, address, "w1", "sekret"], asOwner);
    const expected = isRoot ? ["account-root"] : [];
    expect(found.findings.map(({ code }) => code)).toEqual(expected);
    expect(found.said).toContainEqual(expect.stringMatching(/^fine credentials: the master accepts the name 'w1'/));
    expect(found.said).toContainEqual(expect.stringMatching(/^note describe: proposal for info\/host/));
    expect(readdirText(place)).toBe(before);
  });

  rareTest("finds a place where it cannot be created", 180_000, async () => {
    const basedir = join(clinic.installation.newPath(), "deeper");
    const found = await clinic.examine([basedir, `127.0.0.1:${await master()}`, "w1", "sekret"]);
    expect(found.findings.map(({ code }) => code)).toEqual(["basedir-not-made"]);
  });

  it.each([
    ["a command line that create-worker refuses", ["w", "http://master", "w1", "sekret"], "<master> is not a URL"],
    ["an option of create-worker for an existing base directory", ["--keepalive=60", "w"], "option --keepalive is an"],
  ])("refuses %s", async (_, words, sentence) => {
    const { code, printed } = await commandLine(["doctor", ...words]);
    expect({ code, printed }).toEqual({ code: 1, printed: expect.stringContaining(sentence) });
  });
});

/** Root itself, where we are root. */
const asOwner: StartOptions = isRoot ? { uid: 0, gid: 0 } : {};

function readdirText(path: string): string {
  return spawnSync("ls", ["-lA", "--time-style=full-iso", path], { encoding: "utf8" }).stdout;
}

describe.skipIf(!isRoot)(`only for root${isRoot ? "" : " (left out: this is another user)"}, doctor finds`, () => {
  it("root as the account of the worker", async () => {
    const basedir = clinic.patient(await master());
    const own = spawnSync("chown", ["-R", "0:0", basedir]);
    expect(own.status).toBe(0);
    const found = await clinic.examine([basedir], asOwner);
    expect(found.findings).toEqual([expect.objectContaining({ code: "account-root", text: "runs as root (uid 0)" })]);
  });

  it("a base directory that belongs to another user", async () => {
    const basedir = clinic.patient(await master());
    const found = await clinic.examine([basedir], asOwner);
    expect(found.findings.map(({ code }) => code)).toEqual(["account-root", "basedir-owner"]);
  });
});

const noMounts = whyNoMounts();

function whyNoMounts(): string {
  if (!isRoot) return ": this is no root, who may mount";
  const { status, stderr } = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], {
    encoding: "utf8",
  });
  return status === 0 ? "" : `: the system forbids mounts: ${stderr?.trim() || "there is no unshare"}`;
}

describe.skipIf(noMounts !== "")(`on its own small file system${noMounts}, doctor finds`, () => {
  /** Before the program: a copy of the base directory is mounted in its place, then `spoil` is done there. */
  function onSmallDisk(options: string, spoil: string, basedir: string): readonly string[] {
    const steps = [
      `cp -a "${basedir}" "${root}/copy"`,
      `mount -t tmpfs -o ${options},mode=0755,uid=${user.uid},gid=${user.gid} tmpfs "${basedir}"`,
      `cp -a "${root}/copy/." "${basedir}/"`,
      spoil,
      `exec setpriv --reuid=${user.uid} --regid=${user.gid} --clear-groups "$@"`,
    ];
    endings.push(() => rmSync(join(root, "copy"), { recursive: true, force: true }));
    return ["unshare", "-m", "sh", "-c", steps.join(" && "), "sh"];
  }

  it.each([
    [
      "a full disk",
      "disk-full",
      "size=4m,nr_inodes=20000",
      "(head -c 8M /dev/zero >big 2>/dev/null; true)",
      /only 0 MiB free/,
    ],
    ["few inodes", "inodes-few", "size=400m,nr_inodes=100", "true", /only \d+ inodes free/],
  ])("%s", async (_, code, options, spoil, says) => {
    const basedir = clinic.patient(await master());
    const under = onSmallDisk(options, `cd "${basedir}" && ${spoil}`, basedir);
    const found = await clinic.examine([basedir], { under, ...asOwner });
    expect(found.findings.map((one) => [one.code, one.text])).toEqual([[code, expect.stringMatching(says)]]);
  });
});
