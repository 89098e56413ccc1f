// The part of docs/reference/buildbot-tac.md that follows from the forms that are tested.
import { alikeForms, CURE, endingForms, formGroups, refusedForms } from "../cases/tac-forms.ts";
import { withMadePart } from "./made-part.ts";

const BEGIN = "<!-- generated from test/masters/cases/tac-forms.ts by scripts/write-differences.js -->";

/** The page with the part between the marks regenerated; throws when it has no marks. */
export function withTacForms(page: string): string {
  return withMadePart(page, BEGIN, tacForms());
}

function tacForms(): string {
  const ending = endingForms.map(({ form }) => form).join(", ");
  return `
## What is read

${formGroups.map(({ title, forms }) => `### ${capitalized(title)}\n\n${forms.map(({ form }) => `- ${form}`).join("\n")}\n`).join("\n")}
### Ending the start

${ending} end the start with the same exit status, and their text is shown.

## What is refused

After "…" the message continues: ${CURE}.

| form | message, after the file and the line |
| --- | --- |
${refusedForms.map(({ form, sentence }) => `| ${form} | ${cell(sentence)} |`).join("\n")}

\`buildhand tac import\` makes plain settings of each of these, which both programs read alike, and notes what it leaves out:
${refusedForms.flatMap(({ note }) => (note === undefined ? [] : [`"${note}"`])).join(", ")}.

\`buildbot-worker\` refuses these as well:

| form | sentence |
| --- | --- |
${alikeForms.map(({ form, sentence }) => `| ${form} | ${cell(sentence)} |`).join("\n")}

`;
}

function capitalized(title: string): string {
  return title.slice(0, 1).toUpperCase() + title.slice(1);
}

function cell(sentence: string): string {
  return sentence.replace(CURE, "…").replaceAll("|", "\\|");
}
