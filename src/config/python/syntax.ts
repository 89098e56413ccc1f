// The statements and expressions of Python that a buildbot.tac may be made of. Shapes only.
import type { Value } from "./value.ts";

export type BinaryOperator = "+" | "-" | "*" | "//" | "%";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";

export type Expression = { readonly line: number } & (
  | { readonly type: "literal"; readonly value: Value }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "attribute"; readonly target: Expression; readonly name: string }
  | { readonly type: "subscript"; readonly target: Expression; readonly index: Expression }
  | Call
  | { readonly type: "sequence"; readonly items: readonly Expression[] }
  | { readonly type: "negative"; readonly operand: Expression }
  | { readonly type: "not"; readonly operand: Expression }
  | ({ readonly type: "binary"; readonly operator: BinaryOperator } & Operands)
  | ({ readonly type: "comparison"; readonly operator: Comparison } & Operands)
  | ({ readonly type: "choice"; readonly operator: "and" | "or" } & Operands)
  | {
      readonly type: "conditional";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
);

interface Operands {
  readonly left: Expression;
  readonly right: Expression;
}

export interface Call {
  readonly type: "call";
  readonly line: number;
  readonly callee: Expression;
  readonly positional: readonly Expression[];
  readonly keywords: readonly Keyword[];
}

export interface Keyword {
  readonly name: string;
  readonly value: Expression;
}

/** `name` is bound to the thing with the dotted `path`. */
export interface ImportBinding {
  readonly name: string;
  readonly path: string;
}

export interface Branch {
  readonly condition: Expression;
  readonly body: readonly Statement[];
}

export type Statement = { readonly line: number } & (
  | { readonly type: "import"; readonly bindings: readonly ImportBinding[] }
  | { readonly type: "assign"; readonly names: readonly string[]; readonly value: Expression }
  | { readonly type: "expression"; readonly value: Expression }
  | { readonly type: "if"; readonly branches: readonly Branch[]; readonly otherwise: readonly Statement[] }
  | {
      readonly type: "with";
      readonly name: string | undefined;
      readonly value: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly type: "pass" }
);
