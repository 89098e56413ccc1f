import { describe, expect, it } from "vitest";
import { inheritedEnvironment } from "../../../src/worker/host/inherited-environment.ts";

const bytes = (...variables: readonly string[]) => Buffer.from(variables.map((one) => `${one}\0`).join(""), "latin1");

describe("the inherited environment", () => {
  it("is Node's where all is UTF-8", () => {
    const known = { A: "1", LATE: "2" };
    expect(inheritedEnvironment(known, bytes("A=1", "GONE=3"))).toEqual(known);
  });

  it("has the bytes of values and names that are no UTF-8", () => {
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
