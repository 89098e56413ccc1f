// docs/master-yaml.md: every key of our YAML files in a table, made of their JSON Schemas.
import type { JsonSchema } from "@valibot/to-json-schema";

export interface KeysPageSchemas {
  readonly master: JsonSchema;
  readonly recipe: JsonSchema;
}

/** The whole page; scripts/write-schemas.js writes it. */
export function keysPage({ master, recipe }: KeysPageSchemas): string {
  const step = master.$defs?.["step"];
  if (step === undefined) throw new Error("the schema has no steps");
  const steps = Object.entries(propertiesOf(step as JsonSchema));
  const parts = [
    HEAD,
    ...sections("## master.yaml", master),
    "## Steps",
    "Each item of `steps` has one of these keys.",
    table(Object.fromEntries(steps), []),
    ...steps.flatMap(([kind, schema]) => stepSection(kind, inner(schema))),
    "## Recipes",
    "What `buildhand try` runs.",
    table(propertiesOf(recipe), recipe.required ?? []),
  ];
  return `${parts.join("\n\n")}\n`;
}

const HEAD = `# Keys of master.yaml and of recipes

<!-- made by scripts/write-schemas.js: edit the schemas in src/master/config, not this page -->

[master.md](master.md) tells how a master is made and run. Keys without a default and marked with * must be there. Durations
are a number of seconds or text such as \`20m\`, \`1h 30m\` and \`500ms\` (units: ms, s, m, min, h, d, w); sizes a number of
bytes or text such as \`100MB\` and \`1GiB\`. Paths on the master are relative to the directory of the YAML file.`;

/** A table of the mapping, and below it one for each mapping in it. */
function sections(heading: string, schema: JsonSchema): readonly string[] {
  const properties = propertiesOf(schema);
  const nested = Object.entries(properties).flatMap(([key, value]) => {
    const mapping = inner(value.items === undefined ? value : (value.items as JsonSchema));
    const isList = value.items !== undefined;
    return mapping.properties === undefined ? [] : sections(`### \`${key}\`${isList ? ", each" : ""}`, mapping);
  });
  return [heading, table(properties, schema.required ?? []), ...nested];
}

function stepSection(kind: string, mapping: JsonSchema): readonly string[] {
  return [`### \`${kind}\``, table(propertiesOf(mapping), mapping.required ?? [])];
}

/** Of what may be text or a mapping, the mapping. */
function inner(schema: JsonSchema): JsonSchema {
  const choices = (schema.anyOf ?? []) as readonly JsonSchema[];
  return choices.find(({ properties }) => properties !== undefined) ?? schema;
}

function propertiesOf({ properties = {} }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return properties as Readonly<Record<string, JsonSchema>>;
}

function table(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): string {
  const rows = Object.entries(properties).map(([key, schema]) => {
    const mark = required.includes(key) ? "*" : "";
    return `| \`${key}\`${mark} | ${kindOf(schema)} | ${defaultOf(schema)} | ${inCell(schema.description ?? "")} |`;
  });
  return ["| key | kind | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function kindOf(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(" or ");
  if (schema.anyOf !== undefined) {
    return [...new Set((schema.anyOf as readonly JsonSchema[]).map(kindOf))].join(" or ");
  }
  if (schema.type === "array") return "list";
  const names = { object: "mapping", string: "text", integer: "number", boolean: "true or false" } as const;
  return names[schema.type as keyof typeof names] ?? String(schema.type);
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined || value === null || JSON.stringify(value) === "{}" || JSON.stringify(value) === "[]")
    return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
