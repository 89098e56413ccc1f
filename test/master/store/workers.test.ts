import { afterEach, expect, test } from "vitest";
import { openDatabase } from "../../../src/master/store/database.ts";
import { Store } from "../../../src/master/store/store.ts";
import { FakeLink } from "../fake-link.ts";
import { retention } from "../test-master.ts";
import { TestStore } from "./test-store.ts";

let made: TestStore;
afterEach(() => made.remove());

test("damaged facts are left out, and the worker is still known", () => {
  made = new TestStore();
  made.store.workers.attached(new FakeLink({ name: "w1" }), 5);
  expect(made.store.workers.find("w1")?.facts.get("admin")).toBe("Ada");
  made.store.close();
  const database = openDatabase(`${made.directory}/state.sqlite`);
  database.exec(`UPDATE workers SET facts = replace(facts, '"Ada', '!Ada')`);
  database.close();
  made.store = new Store({ directory: made.directory, retention: () => retention(), clock: made.clock });
  expect(made.store.workers.find("w1")).toMatchObject({ lastSeenAtMs: 5, facts: new Map() });
});
