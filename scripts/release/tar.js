// Compressed archives whose bytes follow from their content alone: sorted, of one date, of root, and no word of where and
// when they were made.
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";

/** The .tar.gz of a list as in files.js. `prefix` is put before each path and may be `./`. */
export async function packFiles(files, date, prefix = "") {
  const entries = [...files, ...foldersOf(files)].map((file) => ({ ...file, path: prefix + file.path }));
  entries.sort((one, other) => (one.path < other.path ? -1 : 1));
  return gzipSync(await packTar(entries.map((entry) => tarEntry(entry, date))));
}

function foldersOf(files) {
  const folders = new Set();
  for (const { path } of files) {
    const words = path.split("/").slice(0, -1);
    words.forEach((_, place) => {
      folders.add(`${words.slice(0, place + 1).join("/")}/`);
    });
  }
  return [...folders].map((path) => ({ path }));
}

function tarEntry({ path, mode, bytes, link }, mtime) {
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root", mtime, name: path };
  if (link !== undefined) return { header: { ...owner, type: "symlink", mode: 0o777, size: 0, linkname: link } };
  if (bytes === undefined) return { header: { ...owner, type: "directory", mode: 0o755, size: 0 } };
  return { header: { ...owner, type: "file", mode, size: bytes.length }, body: bytes };
}
