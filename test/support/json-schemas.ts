// The JSON Schemas of our YAML files, and the page of their keys, made of the schemas that hold them.
import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { masterSchema, recipeSchema } from "../../src/master/config/master-schema.ts";
import { stepSchema } from "../../src/master/config/step-schema.ts";

export function masterJsonSchema(): JsonSchema {
  return jsonSchema(masterSchema);
}

export function recipeJsonSchema(): JsonSchema {
  return jsonSchema(recipeSchema);
}

/** What JSON Schema has no words for, such as names that must lead somewhere, only the program checks. */
function jsonSchema(schema: GenericSchema): JsonSchema {
  return toJsonSchema(schema, {
    typeMode: "output",
    ignoreActions: ["check"],
    definitions: { step: stepSchema },
    overrideSchema: ({ valibotSchema, jsonSchema: made }) =>
      valibotSchema === stepSchema.pipe[0].pipe[1] ? { ...made, minProperties: 1, maxProperties: 1 } : undefined,
  });
}
