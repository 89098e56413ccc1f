// Every form of a buildbot.tac that people write, read by the real worker and by ours.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import {
  alikeForms,
  endingForms,
  formGroups,
  type RefusedForm,
  refusedForms,
  type TacForm,
} from "./cases/tac-forms.ts";
import { describeWithMaster } from "./support/availability.ts";
import {
  ourReading,
  placeForm,
  type ReferenceReading,
  referenceReadings,
  type TacReading,
} from "./support/tac-reading.ts";

const readForms = formGroups.flatMap(({ forms }) => forms);
const named = <Form extends TacForm>(forms: readonly Form[]) => forms.map((form) => [form.form, form] as const);
const allForms: readonly TacForm[] = [...readForms, ...refusedForms, ...alikeForms, ...endingForms];

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
      const { exit, printed: _printed, complained, ...theirs } = reference(form);
      expect({ exit, complained: exit === null ? "" : complained }).toEqual({ exit: null, complained: "" });
      expectShown(theirs, form);
      expect(ourReading(form, directoryOf(form))).toEqual(theirs);
    });
  });

  test.each(named(refusedForms))("what only Python can do is refused with its line: %s", (_, form) => {
    expect(reference(form)).toMatchObject({ exit: null, workers: [{ port: 9989 }] });
    expect(refusal(form)).toContain(form.sentence);
  });

  test.each(named(alikeForms))("what both refuse: %s", (_, form) => {
    const { exit, complained } = reference(form);
    expect(exit).toBe(1);
    expect(complained).toContain(form.alike);
    expect(refusal(form)).toContain(form.sentence);
  });

  /** The sentence, without the name of the file. */
  function refusal(form: RefusedForm): string {
    const directory = directoryOf(form);
    try {
      ourReading(form, directory);
    } catch (error) {
      if (!(error instanceof WorkerError) || error.family !== "usage") throw error;
      expect(error.message).not.toContain("sekret");
      return error.message.replace(join(directory, "buildbot.tac"), "buildbot.tac");
    }
    throw new Error("it was read");
  }
});

/** What the form says must come of it, so that two programs that overlook the same thing do not pass. */
function expectShown(reading: TacReading, { shows }: TacForm): void {
  if (shows === undefined) return;
  const { absent = [], ...parts } = shows;
  expect(reading).toMatchObject(parts);
  for (const name of absent as readonly string[]) expect(reading.environment).not.toHaveProperty([name]);
}
