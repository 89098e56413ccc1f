// A network of its own for a worker, with one cable to this host that can be pulled: Linux, and only for root.
import { execFileSync, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IP = ["/usr/sbin/ip", "/sbin/ip"].find((path) => existsSync(path));

/** Chosen by chance, since a pid says nothing where several runs have PID namespaces of their own. */
const MOST_CABLES = 32 * 256;

/** Why this machine has no such networks; undefined when it has. */
export function missingNetworks(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (IP === undefined) return "the program ip (iproute2) is not installed";
  const probe = `buildhand-probe${randomInt(MOST_CABLES)}`;
  const { status, stderr } = spawnSync(IP, ["netns", "add", probe], { encoding: "utf8" });
  if (status !== 0) return `the system forbids network namespaces: ${stderr.trim()}`;
  ip("netns", "delete", probe);
  return undefined;
}

export class Cable {
  readonly #name: string;
  readonly #files: string;
  /** Of the network between the two ends. */
  readonly #subnet: string;
  /** Of this host's end. */
  readonly hostAddress: string;

  private constructor(number: number) {
    this.#name = `buildhand${number}`;
    this.#subnet = `10.${213 + (number >> 8)}.${number & 0xff}`;
    this.hostAddress = `${this.#subnet}.1`;
    this.#files = mkdtempSync(join(tmpdir(), "buildhand-cable-"));
  }

  /** The worker's end has a name server at the host's, and no other way to look a name up. */
  static lay(): Cable {
    const cable = new Cable(randomInt(MOST_CABLES));
    const namespace = cable.#name;
    ip("netns", "add", namespace);
    ip("link", "add", cable.#device, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("address", "add", `${cable.hostAddress}/24`, "dev", cable.#device);
    cable.plug();
    ip("-n", namespace, "address", "add", `${cable.#subnet}.2/24`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "lo", "up");
    ip("-n", namespace, "link", "set", "eth0", "up");
    writeFileSync(cable.#file("resolv.conf"), `nameserver ${cable.hostAddress}\noptions timeout:2 attempts:1\n`);
    writeFileSync(cable.#file("hosts"), "127.0.0.1 localhost\n");
    return cable;
  }

  /** An address between the two ends that no host has. */
  get nobodysAddress(): string {
    return `${this.#subnet}.9`;
  }

  /** What runs a program at the worker's end: to be put before it. */
  get under(): readonly string[] {
    const mounts = ["resolv.conf", "hosts"].map((name) => `mount --bind ${this.#file(name)} /etc/${name}`);
    return [String(IP), "netns", "exec", this.#name, "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh"];
  }

  pull(): void {
    ip("link", "set", this.#device, "down");
  }

  plug(): void {
    ip("link", "set", this.#device, "up");
  }

  /** The worker's end has no way to the host any more, and knows it. */
  loseRoute(): void {
    ip("-n", this.#name, "route", "add", "unreachable", `${this.hostAddress}/32`);
  }

  findRoute(): void {
    spawnSync(String(IP), ["-n", this.#name, "route", "delete", "unreachable", `${this.hostAddress}/32`]);
  }

  remove(): void {
    ip("link", "delete", this.#device);
    ip("netns", "delete", this.#name);
    rmSync(this.#files, { recursive: true });
  }

  /** Names of devices have at most 15 characters. */
  get #device(): string {
    return `bh${this.#name.slice("buildhand".length)}`;
  }

  #file(name: string): string {
    return join(this.#files, name);
  }
}

function ip(...words: readonly string[]): void {
  execFileSync(String(IP), words, { stdio: "pipe" });
}
