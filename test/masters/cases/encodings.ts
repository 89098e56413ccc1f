// Workers with another unicode_encoding than the host's, which has its files in UTF-8: what is given to programs, what they
// print, and the names of files.
import { type CaseTable, type CommandCase, shell, tuple } from "./case.ts";

export interface EncodingTable extends CaseTable {
  /** Of the workers that it is for. */
  readonly encoding: string;
}

interface Sample {
  /** As people write it in a buildbot.tac. */
  readonly encoding: string;
  readonly text: string;
  /** The bytes of the text, for `printf`. */
  readonly octal: string;
  /** What the encoding has not. */
  readonly foreign: string;
}

const samples: readonly Sample[] = [
  { encoding: "latin-1", text: "éÿ", octal: "\\351\\377", foreign: "語" },
  { encoding: "cp1252", text: "€é", octal: "\\200\\351", foreign: "語" },
  // The second bytes of the first two are those of a backslash and a vertical bar.
  { encoding: "shift_jis", text: "表ポ日", octal: "\\225\\134\\203\\174\\223\\372", foreign: "é" },
];

export const encodingTables: readonly EncodingTable[] = samples.map((sample) => ({
  title: `unicode_encoding = ${sample.encoding}`,
  encoding: sample.encoding,
  cases: casesOf(sample).map((one) => ({ ...one, name: `${sample.encoding}: ${one.name}` })),
}));

/** The name of a file in UTF-8 in a shell script that is ASCII, since the worker encodes all of a script. */
function utf8Name(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
  return `"$(printf '${bytes.join("")}')"`;
}

function casesOf({ text, octal, foreign }: Sample): readonly CommandCase[] {
  const show = "od -An -v -tx1";
  const plain = (name: string, command: string, args: (dir: string) => object, rest: object = {}) =>
    ({ name, command, args, ...rest }) as CommandCase;
  return [
    shell({ name: "gives words in it", command: ["sh", "-c", `printf %s "$1" | ${show}`, "sh", text] }),
    shell({ name: "gives a command line in it", command: `printf %s '${text}' | ${show}` }),
    shell({ name: "gives an input in it", command: ["od", "-An", "-v", "-tx1"], args: { initial_stdin: text } }),
    shell({
      name: "gives variables in the encoding of the host",
      command: `env | grep -a ^TOLD_ | LC_ALL=C sort | ${show}`,
      args: { env: { TOLD_A: text, [`TOLD_${text}`]: "x", TOLD_LIST: [text, `\${HOME}`] }, logEnviron: true },
    }),
    shell({
      name: "has a directory in the encoding of the host",
      command: `basename "$PWD" | ${show}`,
      args: { workdir: text },
    }),
    shell({ name: "reads what is printed in it", command: `printf '${octal}\\n'; printf '${octal}' >&2` }),
    shell({
      name: "reads characters whole, however they come",
      command: `i=0; while [ $i -lt 2000 ]; do printf 'x${octal}'; i=$((i+1)); [ $((i%7)) = 0 ] && echo; done; echo`,
    }),
    shell({
      name: "reads a log file in it",
      command: `printf '${octal}\\n' > out.log`,
      args: { logfiles: { told: "out.log" } },
    }),
    shell({
      name: "finds a log file by a name in the encoding of the host",
      before: `mkdir -p ${utf8Name(text)}`,
      command: `echo x > ${utf8Name(text)}/out.log`,
      args: { logfiles: { told: `${text}/out.log` } },
    }),
    shell({ name: "hides a word", command: ["printf", "%s", tuple("obfuscated", text, `<${text}>`)] }),
    shell({ name: "fails for a word that is not in it", command: ["echo", foreign] }),
    shell({ name: "fails for an input that is not in it", command: ["cat"], args: { initial_stdin: foreign } }),
    shell({ name: "runs with a word that it shows otherwise", command: ["echo", tuple("obfuscated", "a", text)] }),
    plain("makes a directory in the encoding of the host", "mkdir", (dir) => ({ dir: `${dir}/${text}/${foreign}` }), {
      after: "find . | LC_ALL=C sort | od -An -v -tx1",
    }),
    plain("lists names in the encoding of the host", "listdir", (dir) => ({ dir }), {
      before: `touch ${utf8Name(text)} ${utf8Name(foreign)}`,
    }),
    plain("looks for names in the encoding of the host", "glob", (dir) => ({ path: `${dir}/${text.slice(0, 1)}*` }), {
      before: `touch ${utf8Name(text)} ${utf8Name(foreign)}`,
    }),
    plain(
      "sends a file by its name in the encoding of the host",
      "uploadFile",
      (dir) => ({ workdir: dir, workersrc: text, maxsize: null, blocksize: 1000 }),
      { before: `printf '${octal}' > ${utf8Name(text)}`, writer: {} },
    ),
    plain("removes a directory", "rmdir", (dir) => ({ dir: `${dir}/${text}`, logEnviron: false }), {
      before: `mkdir ${utf8Name(text)}`,
      after: "ls | wc -l",
    }),
  ];
}
