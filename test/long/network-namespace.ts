// A network namespace with one cable to this host, which a test pulls and whose address it changes. For root.
import { spawnSync } from "node:child_process";

let made = 0;

export interface NetworkNamespace {
  /** Runs a program in it. */
  readonly prefix: readonly string[];
  /** This host's address, as it is reached from there. */
  readonly host: string;
  /** Takes the cable away, or gives it back. */
  link(state: "up" | "down"): void;
  /** The namespace has another address from now on, and connections of the old one are dead. */
  changeAddress(): void;
  end(): void;
}

export function isAvailable(): boolean {
  return process.geteuid?.() === 0 && spawnSync("ip", ["netns", "list"]).status === 0;
}

export function networkNamespace(): NetworkNamespace {
  made += 1;
  const name = `buildhand-${process.pid}-${made}`;
  const [outside, inside] = [`bh${process.pid % 10_000}o${made}`, `bh${process.pid % 10_000}i${made}`];
  const net = `10.${77 + (process.pid % 100)}.${made}`;
  let last = 2;
  const ip = (...args: string[]) => {
    const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  };
  ip("netns", "add", name);
  ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
  ip("addr", "add", `${net}.1/24`, "dev", outside);
  ip("link", "set", outside, "up");
  ip("-n", name, "addr", "add", `${net}.${last}/24`, "dev", inside);
  ip("-n", name, "link", "set", inside, "up");
  ip("-n", name, "link", "set", "lo", "up");
  return {
    prefix: ["ip", "netns", "exec", name],
    host: `${net}.1`,
    link: (state) => ip("link", "set", outside, state),
    changeAddress() {
      ip("-n", name, "addr", "flush", "dev", inside);
      last += 1;
      ip("-n", name, "addr", "add", `${net}.${last}/24`, "dev", inside);
    },
    end: () => ip("netns", "del", name),
  };
}
