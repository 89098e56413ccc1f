// Reads the password of a worker for create-worker and doctor.
import { isUtf8 } from "node:buffer";
import { Writable } from "node:stream";
import { baseErrors } from "../base/errors.ts";
import { configErrors, credentialPath, PASSWORD_LIMIT_BYTES, passwordFromFile, passwordIn } from "../config/index.ts";
import { leaveBy } from "../daemon/index.ts";

const STANDARD_INPUT = "standard input";
const NEWLINE = 0x0a;

/** From the argument (`-` for standard input), the file of --password-file, or a credential. Throws usage errors. */
export async function givenPassword(argument: string | undefined, file: string | undefined): Promise<string> {
  if (argument !== undefined && file !== undefined) {
    throw baseErrors.usage("both PASSWORD and --password-file were given; expected one of them");
  }
  if (argument === "-") return process.stdin.isTTY ? passwordIn(await typedLine(), STANDARD_INPUT) : firstLine();
  if (argument !== undefined) return argument;
  const path = file ?? credentialPath(process.env);
  if (path === undefined) {
    throw baseErrors.usage("incorrect number of arguments: PASSWORD or --password-file is missing");
  }
  return passwordFromFile(path);
}

async function firstLine(): Promise<string> {
  const bytes: number[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const end = chunk.indexOf(NEWLINE);
    bytes.push(...(end < 0 ? chunk : chunk.subarray(0, end)).subarray(0, PASSWORD_LIMIT_BYTES + 1));
    if (end >= 0 || bytes.length > PASSWORD_LIMIT_BYTES) break;
  }
  const line = Buffer.from(bytes);
  if (line.length > PASSWORD_LIMIT_BYTES) {
    throw configErrors.password(STANDARD_INPUT, `Longer than ${PASSWORD_LIMIT_BYTES} bytes`);
  }
  if (!isUtf8(line)) throw configErrors.password(STANDARD_INPUT, "Not UTF-8 text");
  return passwordIn(line.toString(), STANDARD_INPUT);
}

/** Prompts on a terminal, without echo. */
async function typedLine(): Promise<string> {
  // Loaded here, since a worker does not need it.
  const { createInterface } = await import("node:readline/promises");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // After the interface has turned the echo off.
  process.stderr.write("Password: ");
  // Closing it turns the echo on again.
  terminal.once("SIGINT", () => {
    terminal.close();
    process.stderr.write("\n");
    void leaveBy("SIGINT");
  });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    return await Promise.race([terminal.question(""), closed]);
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
