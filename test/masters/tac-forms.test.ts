// Every form of a buildbot.tac that people write, read by the real worker and by ours.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import {
  alikeForms,
  endingForms,
  formGroups,
  type RefusedForm,
  refusedForms,
  type TacForm,
} from "./cases/tac-forms.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type CommandLines, commandLines } from "./support/command-line.ts";
import {
  importForm,
  ourReading,
  placeForm,
  type ReferenceReading,
  referenceReadings,
  type TacReading,
} from "./support/tac-reading.ts";
import { workerKinds } from "./support/worker-process.ts";

const readForms = formGroups.flatMap(({ forms }) => forms);
const named = <Form extends TacForm>(forms: readonly Form[]) => forms.map((form) => [form.form, form] as const);
const allForms: readonly TacForm[] = [...readForms, ...refusedForms, ...alikeForms];

describeWithMaster("a buildbot.tac with", () => {
  let root: string;
  let readings: readonly ReferenceReading[];
  const directoryOf = (form: TacForm) => join(root, String(allForms.indexOf(form)));
  const reference = (form: TacForm) => readings[allForms.indexOf(form)]!;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "buildhand-tac-forms-"));
    for (const form of allForms) placeForm(form, directoryOf(form));
    readings = referenceReadings(allForms.map((form) => ({ form, directory: directoryOf(form) })));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  describe.each(formGroups.map(({ title, forms }) => [title, forms] as const))("%s:", (_title, forms) => {
    test.each(named(forms))("%s", (_, form) => {
      const { exit, printed, complained, ...theirs } = reference(form);
      expect(exit, complained).toBe(null);
      expectShown(theirs, form);
      const { remarks, ...ours } = ourReading(form, directoryOf(form));
      expect(ours).toEqual(theirs);
      for (const line of (printed + complained).split("\n")) {
        expect(remarks.concat("")).toContainEqual(expect.stringContaining(line));
      }
    });
  });

  test.each(named(refusedForms))("what only Python can do is refused with its line: %s", (_, form) => {
    expect(reference(form)).toMatchObject({ exit: null, workers: [{ port: 9989 }] });
    expect(refusal(form)).toBe(form.sentence);
  });

  describe("what only Python can do", () => {
    const forms = rowsOf(refusedForms, ({ note }, at) => note !== undefined || at % 5 === 0);
    let said: readonly string[];
    let importedReadings: readonly ReferenceReading[];
    const imported = (form: TacForm) => ({
      ...form,
      tac: readFileSync(join(directoryOf(form), "buildbot.tac"), "utf8"),
    });

    beforeAll(() => {
      said = forms.map((form) => importForm(form, directoryOf(form)));
      importedReadings = referenceReadings(
        forms.map((form) => ({ form: imported(form), directory: directoryOf(form) })),
      );
    });

    test.each(named(forms))("is imported as plain settings: %s", (_, form) => {
      const at = forms.indexOf(form);
      expect(said[at]!.match(/^note: .*$/gm)).toEqual(form.note === undefined ? null : [`note: ${form.note}`]);
      expect(said[at]).not.toMatch(/sekret|from a (?:site|module)|from an ini file/);
      expect(importedReadings[at]).toEqual({ ...reference(form), exit: null, printed: "", complained: "" });
      const { remarks, ...ours } = ourReading(imported(form), directoryOf(form));
      expect(remarks).toEqual([]);
      expect({ ...importedReadings[at], ...ours }).toEqual(importedReadings[at]);
    });
  });

  test.each(named(alikeForms))("what both refuse: %s", (_, form) => {
    const { exit, complained } = reference(form);
    expect(exit).toBe(1);
    expect(complained).toContain(form.alike);
    expect(refusal(form)).toBe(form.sentence);
  });

  /** The sentence, without the file and the line. */
  function refusal(form: RefusedForm): string {
    const directory = directoryOf(form);
    try {
      ourReading(form, directory);
    } catch (error) {
      if (!(error instanceof WorkerError) || error.family !== "usage") throw error;
      expect(error.message).not.toContain("sekret");
      return error.message.replaceAll(`${directory}/`, "").replace(/^buildbot\.tac, line \d+: /, "");
    }
    throw new Error("it was read");
  }
});

describeWithMaster("a start", () => {
  let root: string;
  let commands: CommandLines;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "buildhand-tac-ends-"));
    commands = commandLines();
  });
  afterAll(async () => {
    await commands.remove();
    rmSync(root, { recursive: true });
  });

  const endings = named(rowsOf(endingForms, ({ exit }) => exit === 3));
  test.each(endings)("is ended by buildbot.tac with the same exit status: %s", async (_, form) => {
    const directory = join(root, String(endingForms.indexOf(form)));
    placeForm(form, directory);
    for (const kind of workerKinds) {
      const { code, printed, complained } = await commands.run(kind, ["start", "--nodaemon", directory]);
      const said = printed + complained + logIn(directory);
      expect([code, said], kind).toEqual([form.exit, expect.stringContaining(form.says)]);
    }
  });

  rareTest("is refused by both for trustRoot= in an endpoint string; ours says what is known", 600_000, async () => {
    const directory = join(root, "endpoint");
    const words = ["create-worker", "-q", "--connection-string=tls:h:1:trustRoot=/x", directory, "h", "n", "p"];
    expect(await commands.run("python", words)).toMatchObject({ code: 0 });
    const sentences = {
      python: "unrecognized keyword arguments present",
      buildhand: "unknown keyword 'trustRoot'; expected",
    };
    for (const kind of workerKinds) {
      const { code, printed, complained } = await commands.run(kind, ["start", "--nodaemon", directory]);
      expect([code, printed + complained]).toEqual([1, expect.stringContaining(sentences[kind])]);
    }
  });

  const refused = [
    ["--umask=022", "umask parameter needs to be a number or None", "; for the octal number 022 write 0o22"],
    ["--allow-shutdown=None", "allow-shutdown needs to be one of 'signal' or 'file'", ""],
  ] as const;
  const options = rowsOf(refused, ([, , hint]) => hint !== "");
  test.each(options)("has no create-worker %s before it in either program", async (option, sentence, hint) => {
    for (const kind of workerKinds) {
      const words = ["create-worker", option, join(root, "refused"), "h", "n", "p"];
      const { code, printed, complained } = await commands.run(kind, words);
      expect([code, existsSync(join(root, "refused"))], kind).toEqual([1, false]);
      expect(printed + complained).toContain(`${sentence}${kind === "buildhand" ? hint : ""}\n`);
    }
  });
});

function logIn(directory: string): string {
  const path = join(directory, "twistd.log");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What the form says must come of it, so that two programs that overlook the same thing do not pass. */
function expectShown(reading: TacReading, { shows }: TacForm): void {
  if (shows === undefined) return;
  const { absent = [], ...parts } = shows;
  expect(reading).toMatchObject(parts);
  for (const name of absent as readonly string[]) expect(reading.environment).not.toHaveProperty([name]);
}
