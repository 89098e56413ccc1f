// The statements and expressions of Python that a buildbot.tac may be made of. Shapes only.
import type { Value } from "./value.ts";

export const binaryOperators = ["|", "^", "&", "<<", ">>", "+", "-", "*", "/", "//", "%", "**"] as const;
export type BinaryOperator = (typeof binaryOperators)[number];
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";

export type Expression = { readonly line: number } & (
  | { readonly type: "literal"; readonly value: Value }
  | { readonly type: "formatted"; readonly parts: readonly FormattedPart[] }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "attribute"; readonly target: Expression; readonly name: string }
  | { readonly type: "subscript"; readonly target: Expression; readonly index: Expression | Slice }
  | { readonly type: "call"; readonly callee: Expression; readonly arguments: readonly Argument[] }
  | { readonly type: "sequence"; readonly kind: "list" | "tuple" | "view"; readonly items: readonly Argument[] }
  | { readonly type: "dict"; readonly entries: readonly { readonly key?: Expression; readonly value: Expression }[] }
  | { readonly type: "sign"; readonly operator: "+" | "-" | "~"; readonly operand: Expression }
  | { readonly type: "not"; readonly operand: Expression }
  | ({ readonly type: "binary"; readonly operator: BinaryOperator } & Operands)
  | {
      readonly type: "comparison";
      readonly first: Expression;
      readonly rest: readonly { readonly operator: Comparison; readonly right: Expression }[];
    }
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

/** `value`, `name=value`, or all that `*value` or `**value` holds; also an item of a list. */
export interface Argument {
  readonly name?: string | undefined;
  readonly stars: "" | "*" | "**";
  readonly value: Expression;
}

/** `from:to:step`. */
export type Slice = { readonly type: "slice"; readonly bounds: readonly (Expression | undefined)[] };

/** A part of `f'…'`: text, or a value with its conversion and format. */
export type FormattedPart =
  | string
  | { readonly value: Expression; readonly conversion: string; readonly spec: readonly FormattedPart[] };

/** `name` is bound to the thing with the dotted `path`. */
export interface ImportBinding {
  readonly name: string;
  readonly path: string;
}

export interface Branch {
  readonly condition: Expression;
  readonly body: Block;
}

export interface Handler {
  /** Undefined: it takes all exceptions. */
  readonly type: Expression | undefined;
  readonly name: string | undefined;
  readonly body: Block;
}

export type Block = readonly Statement[];

export type Statement = { readonly line: number } & (
  | { readonly type: "import"; readonly bindings: readonly ImportBinding[] }
  | { readonly type: "assign"; readonly targets: readonly Expression[]; readonly value: Expression }
  | {
      readonly type: "augment";
      readonly target: Expression;
      readonly operator: BinaryOperator;
      readonly value: Expression;
    }
  | { readonly type: "delete"; readonly target: Expression }
  | { readonly type: "expression"; readonly value: Expression }
  | { readonly type: "if"; readonly branches: readonly Branch[]; readonly otherwise: Block }
  | {
      readonly type: "for";
      readonly target: Expression;
      readonly items: Expression;
      readonly body: Block;
      readonly otherwise: Block;
    }
  | {
      readonly type: "with";
      readonly files: readonly { readonly value: Expression; readonly name: string | undefined }[];
      readonly body: Block;
    }
  | {
      readonly type: "try";
      readonly body: Block;
      readonly handlers: readonly Handler[];
      readonly otherwise: Block;
      readonly finally: Block;
    }
  | { readonly type: "assert"; readonly condition: Expression; readonly words: Expression | undefined }
  | { readonly type: "raise"; readonly value: Expression | undefined }
  | { readonly type: "pass" | "break" | "continue" }
);
