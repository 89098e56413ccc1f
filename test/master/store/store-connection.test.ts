import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { openDatabase } from "../../../src/master/store/database.ts";
import { StoreConnection } from "../../../src/master/store/store-connection.ts";

let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-connection-"));
  path = join(directory, "state.sqlite");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Closes it, whatever it is. */
function opened(): StoreConnection {
  return new StoreConnection(path);
}

describe("opening", () => {
  test("creates a file that only its owner can read", () => {
    opened().close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a file that is already open is refused", () => {
    const first = opened();
    expect(masterErrors.storeLocked.is(caught(opened))).toBe(true);
    first.close();
    opened().close();
  });

  test("a file of a newer Buildhand is refused and left unchanged", () => {
    opened().close();
    const database = openDatabase(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const before = readFileSync(path);
    const error = caught(opened);
    expect(masterErrors.storeNewer.is(error) && error.message).toContain(
      "schema version 99; this one supports up to 2",
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("a file of another program is refused and left unchanged", () => {
    const database = openDatabase(path);
    database.exec("CREATE TABLE bookmarks (url TEXT)");
    database.close();
    const before = readFileSync(path);
    expect(masterErrors.storeDamaged.is(caught(opened))).toBe(true);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("an empty file is refused and left unchanged, and says what to do", () => {
    writeFileSync(path, "");
    const error = caught(opened);
    expect(masterErrors.storeDamaged.is(error) && error.message).toBe(
      `${path} is damaged or not a master's database (it is empty, with 0 bytes); it was left unchanged: restore a backup, or move the file away to start without history`,
    );
    expect(statSync(path).size).toBe(0);
  });

  test("the partial file of a master that was killed while creating it does not matter", () => {
    writeFileSync(`${path}.new`, "half of a fi");
    opened().close();
    expect(readdirSync(directory)).toEqual(["state.sqlite"]);
  });

  test("a file that is not a database is refused and left unchanged", () => {
    writeFileSync(path, "this is a text, and long enough to be taken for something else\n".repeat(200));
    const before = readFileSync(path);
    expect(masterErrors.storeDamaged.is(caught(opened))).toBe(true);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each([1, 2, 3, 5])("a file whose page %i was overwritten is refused and left unchanged", (page) => {
    const connection = opened();
    for (let id = 0; id < 500; id++) {
      connection.run("INSERT INTO requests (builder, reason, submitted_at) VALUES (?, ?, 0)", "b", "r".repeat(100));
    }
    connection.close();
    const bytes = readFileSync(path);
    bytes.fill(0xaa, (page - 1) * 4096 + (page === 1 ? 100 : 0), page * 4096);
    writeFileSync(path, bytes);
    const error = caught(opened);
    expect(masterErrors.storeDamaged.is(error)).toBe(true);
    expect((error as Error).message.split("\n")).toHaveLength(1);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("a path where no file can be created is reported", () => {
    path = join(directory, "missing", "state.sqlite");
    expect(caught(opened)).toMatchObject({
      code: "ERR_STORE_UNOPENED",
      message: `cannot open ${path}: No such file or directory`,
    });
  });
});

describe("a transaction", () => {
  test("that throws changes nothing, and the next one works", () => {
    const connection = opened();
    const count = () => connection.get("SELECT count(*) AS n FROM builders")?.["n"];
    const fail = () =>
      connection.transaction(() => {
        connection.run("INSERT INTO builders VALUES ('a', 1)");
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(count()).toBe(0);
    connection.transaction(() => connection.run("INSERT INTO builders VALUES ('a', 1)"));
    expect(count()).toBe(1);
    connection.close();
  });
});
