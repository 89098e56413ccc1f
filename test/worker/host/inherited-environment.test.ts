import { describe, expect, it } from "vitest";
import { inheritedEnvironment, takeEnvironment } from "../../../src/worker/host/inherited-environment.ts";

const bytes = (...variables: readonly string[]) => Buffer.from(variables.map((one) => `${one}\0`).join(""), "latin1");

describe("the inherited environment", () => {
  it("is Node's where all is UTF-8", () => {
    const known = { A: "1", LATE: "2" };
    expect(inheritedEnvironment(known, bytes("A=1", "GONE=3"))).toEqual(known);
  });

  it("has the bytes of values and names that are not UTF-8", () => {
    const known = { A: "x\ufffd", "N\ufffd": "v", B: "é" };
    const initial = Buffer.concat([bytes("A=x\xe9", "N\xff=v"), Buffer.from("B=é\0")]);
    expect(inheritedEnvironment(known, initial)).toEqual({ A: "x\udce9", "N\udcff": "v", B: "é" });
  });

  it("leaves what was changed or removed since", () => {
    expect(inheritedEnvironment({ A: "new" }, bytes("A=\xe9", "B=\xe9"))).toEqual({ A: "new" });
  });

  it("takes what has no name or no end", () => {
    const initial = Buffer.concat([bytes("=\xe9", "\xe9", "A=b=\xe9"), Buffer.from("C=\xe8", "latin1")]);
    const known = { A: "b=\ufffd", C: "\ufffd" };
    expect(inheritedEnvironment(known, initial)).toEqual({ A: "b=\udce9", C: "\udce8" });
  });

  it("is that of this process by default", () => {
    expect(inheritedEnvironment()).toEqual({ ...process.env });
  });
});

function withVariables(variables: Readonly<Record<string, string>>, look: () => void): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    look();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  }
}

const NO_RULES = { env_hide: "", env_keep: "" };

it("systemd's variables for services are removed, and a build's own variables are not", () => {
  const ofServices = { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "1", CREDENTIALS_DIRECTORY: "/c", LISTEN_FDS: "1" };
  withVariables({ ...ofServices, LISTEN_ADDRESS: "0.0.0.0" }, () => {
    const environment = takeEnvironment([], NO_RULES);
    const names = [...Object.keys(environment), ...Object.keys(process.env)];
    expect(names.filter((name) => /^(?:NOTIFY|WATCHDOG|CREDENTIALS|LISTEN_FDS)/.test(name))).toEqual([]);
    expect(environment["LISTEN_ADDRESS"]).toBe("0.0.0.0");
  });
});

describe("the rules of the environment", () => {
  const variables = { RULED_A: "1", RULED_B: "2", RULED_C: "3", UNRULED: "4" };
  const ruledOf = (environment: object) => Object.keys(environment).filter((name) => /RULED/.test(name));

  it.each<[string, string, readonly string[]]>([
    ["", "", ["RULED_A", "RULED_B", "RULED_C", "UNRULED"]],
    ["RULED_A", "", ["RULED_B", "RULED_C", "UNRULED"]],
    ["RULED_[AB], NOTHING*", "", ["RULED_C", "UNRULED"]],
    ["ruled_*", "", ["RULED_A", "RULED_B", "RULED_C", "UNRULED"]],
    ["*", "RULED_B,UN*", ["RULED_B", "UNRULED"]],
    ["", "RULED_B", ["RULED_A", "RULED_B", "RULED_C", "UNRULED"]],
  ])("hide %j, and keep %j in spite of that", (env_hide, env_keep, left) => {
    withVariables(variables, () => {
      expect(ruledOf(takeEnvironment([], { env_hide, env_keep }))).toEqual(left);
      expect(ruledOf(process.env)).toEqual(Object.keys(variables));
    });
  });

  it("keep what WORKER_ENVIRONMENT_BLACKLIST names, but neither passwords nor what systemd sets", () => {
    const more = { WORKER_ENVIRONMENT_BLACKLIST: "RULED_*", WORKERPASS: "x", RULED_FILE: "y", NOTIFY_SOCKET: "/run/n" };
    withVariables({ ...variables, ...more }, () => {
      const environment = takeEnvironment(["RULED"], { env_hide: "", env_keep: "RULED_* WORKERPASS NOTIFY_SOCKET" });
      expect(ruledOf(environment)).toEqual(["RULED_A", "RULED_B", "RULED_C", "UNRULED"]);
      expect(Object.keys(environment)).not.toContain("WORKERPASS");
      expect(Object.keys(environment)).not.toContain("NOTIFY_SOCKET");
    });
  });
});
