// The configurations in docs/guide/scaling.md.
import { readFileSync } from "node:fs";

const blocks = [...readFileSync("docs/guide/scaling.md", "utf8").matchAll(/^```python\n(.*?)^```$/gms)].map(
  ([, text = ""]) => text,
);

export const BLOCK_COUNT = blocks.length;
export const MASTER_CONFIGURATIONS = blocks.filter((text) => text.includes("BuildmasterConfig"));
export const TACS = blocks.filter((text) => text.includes("service.Application"));
