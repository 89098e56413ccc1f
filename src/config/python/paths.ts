// Paths as Python's posixpath and pathlib treat them, without looking at the disk.
import { posix } from "node:path";

/** Unlike `dirname` of Node, a slash at the end counts: the directory of `a/b/` is `a/b`. */
export function splitPath(path: string): { readonly head: string; readonly tail: string } {
  const cut = path.lastIndexOf("/") + 1;
  const head = path.slice(0, cut);
  return { head: head.replace(/(?<!\/)\/+$/, "") || head, tail: path.slice(cut) };
}

/** The name before its last dot, and the rest; dots at its beginning do not count. */
export function splitSuffix(path: string): { readonly stem: string; readonly suffix: string } {
  const { tail } = splitPath(path);
  const dot = tail.lastIndexOf(".");
  const isHidden = /^\.*$/.test(tail.slice(0, Math.max(dot, 0)));
  const cut = dot <= 0 || isHidden ? path.length : path.length - (tail.length - dot);
  return { stem: path.slice(0, cut), suffix: path.slice(cut) };
}

/** What `str(Path(path))` is: no empty parts, no `.`, and `..` as it is. */
export function purePath(path: string): string {
  const root = /^\/\/(?!\/)/.test(path) ? "//" : path.startsWith("/") ? "/" : "";
  return (
    root +
      path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/") || "."
  );
}

/** `Path(path).parent`. */
export function parentPath(path: string): string {
  const { head } = splitPath(path);
  return path === "." || head === "" ? "." : head;
}

/** `os.path.normpath(path)`. */
export function normalPath(path: string): string {
  const normal = posix.normalize(path);
  const trimmed = normal.length > 1 ? normal.replace(/\/$/, "") : normal;
  // Two slashes at the beginning, and no more, are kept.
  return /^\/\/(?!\/)/.test(path) ? `/${trimmed}` : trimmed;
}
