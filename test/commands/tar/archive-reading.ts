// Archives of ours, read back by the programs that masters and people use.
import { execFileSync } from "node:child_process";

export const PYTHON = "/usr/bin/python3";
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What an archive says of one entry; bytes as latin1. */
export interface ReadEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly mtime: number;
  readonly link: string;
  readonly content: string;
}

const READ = `
import json, os, sys, tarfile
entries = []
with tarfile.open(fileobj=sys.stdin.buffer, mode=sys.argv[1]) as archive:
    for entry in archive:
        content = archive.extractfile(entry).read() if entry.isreg() else b''
        shown = lambda text: os.fsencode(text).decode('latin1')
        entries.append({'name': shown(entry.name), 'type': entry.type.decode(), 'mode': entry.mode, 'mtime': entry.mtime,
                        'link': shown(entry.linkname), 'content': content.decode('latin1')})
print(json.dumps(entries))
`;

/** By Python's tarfile, in the order of the archive; `mode` is one of tarfile's, such as "r|gz". */
export function entriesByPython(archive: Buffer, mode: string): readonly ReadEntry[] {
  const options = { input: archive, maxBuffer: LARGEST_OUTPUT_BYTES, env: { LC_ALL: "C.UTF-8" } };
  return JSON.parse(execFileSync(PYTHON, ["-c", READ, mode], options).toString());
}

const EXTRACT = `
import sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode=sys.argv[1]) as archive:
    archive.extractall(sys.argv[2], filter='data')
`;

/** As a master does; throws when its filter refuses something. */
export function extractByPython(archive: Buffer, mode: string, directory: string): void {
  execFileSync(PYTHON, ["-c", EXTRACT, mode, directory], { input: archive, env: { LC_ALL: "C.UTF-8" } });
}

/** By GNU tar, which must know every header that matters. */
export function extractByGnuTar(archive: Buffer, directory: string): void {
  const flags = [
    "--extract",
    "--same-permissions",
    "--warning=no-unknown-keyword",
    "--file=-",
    `--directory=${directory}`,
  ];
  execFileSync("tar", flags, { input: archive, stdio: ["pipe", "pipe", "pipe"] });
}
