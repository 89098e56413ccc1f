// shell: what the command prints, and what it reads.
import { type CaseTable, shell, tuple } from "./case.ts";

const printf = (format: string) => ["printf", format];

export const shellOutput: CaseTable = {
  title: "shell: output and input",
  cases: [
    shell({ name: "sends nothing for silence", command: ["true"] }),
    shell({ name: "ends the last line", command: printf("first\\nsecond") }),
    shell({ name: "ends the last lines of both streams", command: "printf out; printf err >&2" }),
    shell({ name: "keeps empty lines", command: printf("\\n\\nthird\\n\\n") }),
    shell({ name: "keeps blanks", command: printf("  a\\t b  \\n") }),
    shell({ name: "reads UTF-8", command: printf("gr\\303\\274n \\342\\202\\254 \\360\\237\\214\\262\\n") }),
    shell({ name: "replaces what is not UTF-8", command: printf("a\\377b\\303(c\\355\\240\\200d\\n") }),
    shell({
      name: "joins a character that comes in two writes",
      command: "printf 'gr\\303'; sleep 0.2; printf '\\274n\\n'",
    }),
    shell({ name: "notes a character that the end of the output cuts off", command: printf("gr\\303") }),
    shell({ name: "notes a cut off character after a whole line", command: printf("line\\n\\342\\202") }),
    shell({
      name: "keeps NUL and other control characters",
      command: printf("a\\000b\\001\\002\\007\\014\\013\\033[31mred\\033[0m\\n"),
    }),
    shell({
      name: "keeps what other programs take for line ends",
      command: printf("a\\302\\205b\\342\\200\\250c\\342\\200\\251d\\034e\\n"),
    }),
    shell({ name: "takes a carriage return for a line end", command: printf("10%%\\r20%%\\r100%%\\r\\ndone\\r\\n") }),
    shell({ name: "keeps a carriage return at the very end", command: printf("a\\rb\\r") }),
    shell({
      name: "takes several carriage returns for one line end or several",
      command: printf("a\\r\\rb\\r\\r\\nc\\r\\r\\r\\n"),
    }),
    shell({ name: "joins a line end that comes in two writes", command: "printf 'a\\r'; sleep 0.2; printf '\\nb\\n'" }),
    shell({
      name: "takes cursor movements for line ends",
      command: printf("a\\033[2Jb\\033[3;4Hc\\033[5;6fd\\033[ue\\n"),
    }),
    shell({
      name: "keeps escape sequences that move no cursor",
      command: printf("a\\033[Kb\\033[1mc\\033[3Hd\\033[Je\\n"),
    }),
    shell({ name: "takes backspaces for line ends", command: printf("a\\bb\\b\\bc\\n\\b") }),
    shell({ name: "sends a line of 4000 characters whole", command: printf("%04000d\\n") }),
    shell({ name: "sends a line of 4095 characters whole", command: printf("%04095d\\n") }),
    shell({ name: "sends a line of 4096 characters", command: printf("%04096d\\nnext\\n") }),
    shell({ name: "sends a line of 8000 characters", command: printf("%08000d\\nnext\\n") }),
    shell({ name: "sends a line of 20 000 characters", command: printf("%020000d\\nnext\\n") }),
    shell({ name: "sends a line of 70 000 characters", command: printf("%070000d\\nnext\\n") }),
    shell({ name: "sends a long line without end", command: printf("%06000d") }),
    shell({ name: "sends 20 000 lines complete and in order", command: ["seq", "20000"] }),
    shell({ name: "sends many lines on both streams", command: "seq 3000; seq 3000 >&2" }),
    shell({
      name: "leaves out stdout that is not wanted",
      command: "echo out; echo err >&2",
      args: { want_stdout: false },
    }),
    shell({
      name: "leaves out stderr that is not wanted",
      command: "echo out; echo err >&2",
      args: { want_stderr: 0 },
    }),
    shell({
      name: "leaves out all output",
      command: "echo out; echo err >&2; exit 2",
      args: { want_stdout: 0, want_stderr: false },
    }),
    shell({ name: "takes nothing for not wanted", command: "echo out; echo err >&2", args: { want_stdout: null } }),
    shell({
      name: "takes text for wanted",
      command: "echo out; echo err >&2",
      args: { want_stdout: "no", want_stderr: "" },
    }),
    shell({ name: "takes 1 for wanted", command: "echo out; echo err >&2", args: { want_stdout: 1, want_stderr: 1 } }),
    shell({
      name: "reads output that is not wanted",
      command: "seq 100000; echo ok >&2",
      args: { want_stdout: false },
    }),
    shell({ name: "has an end of its input at once", command: "cat; echo read" }),
    shell({ name: "gives the input and its end", command: ["cat"], args: { initial_stdin: "from\nthe master" } }),
    shell({ name: "gives an empty input", command: "cat; echo read", args: { initial_stdin: "" } }),
    shell({ name: "gives an input in UTF-8", command: ["od", "-An", "-tx1"], args: { initial_stdin: "ü€😀\r\n" } }),
    shell({ name: "gives a long input", command: ["wc", "-c"], args: { initial_stdin: "0123456789".repeat(30_000) } }),
    shell({
      name: "gives an input that nobody reads",
      command: ["true"],
      args: { initial_stdin: "0123456789".repeat(30_000) },
    }),
    shell({ name: "fails for a number in place of the input", command: ["cat"], args: { initial_stdin: 5 } }),
    shell({
      name: "hides an obfuscated word in the message of a killed command",
      command: ["sh", "-c", "sleep 600", tuple("obfuscated", "real", "shown")],
      args: { timeout: 1 },
    }),
    shell({
      name: "says which terminal it has",
      command: "test -t 0; echo $?; test -t 1; echo $?; test -t 2; echo $?",
    }),
    shell({
      name: "opens its output again by name",
      command: "echo to the error > /dev/stderr; echo to the output > /dev/stdout",
    }),
    shell({ name: "takes 0 for no PTY", command: "echo x", args: { usePTY: 0 } }),
    shell({ name: "takes false for no PTY", command: "echo x", args: { usePTY: false } }),
    shell({
      name: "does without a PTY when there is an input",
      command: "cat; test -t 1 || echo no terminal",
      args: { usePTY: true, initial_stdin: "x\n" },
    }),
    shell({
      name: "gives a PTY",
      command: "test -t 0 && test -t 1 && test -t 2 && echo terminal; echo err >&2",
      args: { usePTY: true },
    }),
    shell({ name: "takes 1 for a PTY", command: "test -t 1 && echo terminal", args: { usePTY: 1 } }),
    shell({
      name: "gives a PTY without changing line ends",
      command: "echo one; printf 'two\\r\\nthree\\n'",
      args: { usePTY: true },
    }),
    shell({
      name: "gives a PTY with the terminal type of the worker",
      command: 'echo "TERM=${TERM-none}"; stty -a | head -n 1',
      args: { usePTY: true },
    }),
    shell({
      name: "ends a PTY that is killed",
      command: "echo x; sleep 600",
      args: { usePTY: true, timeout: 1 },
    }),
    shell({
      name: "fails for a PTY in the words of masters of old",
      command: "echo x",
      args: { usePTY: "slave-config" },
    }),
    shell({ name: "takes nothing for no PTY", command: "echo x", args: { usePTY: null } }),
    shell({ name: "fails for 2 in place of the PTY", command: "echo x", args: { usePTY: 2 } }),
  ],
};
