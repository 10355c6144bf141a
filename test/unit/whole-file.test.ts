import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, expect, it } from "vitest";

import { writeOnce, writeWhole } from "../../tools/lib/whole-file";

const folder = mkdtempSync(path.join(tmpdir(), "slm-whole-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("a file that is written whole is replaced, and nothing stays beside it", () => {
  const file = path.join(folder, "made/whole");
  writeWhole(file, "old");
  writeWhole(file, "new", 0o600);
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["new", 0o600]);
  expect(readdirSync(path.dirname(file))).toEqual(["whole"]);
});

it("of a file that is written once the first contents stay, and nothing stays beside it", () => {
  const file = path.join(folder, "once/passphrase");
  writeOnce(file, "first", 0o600);
  writeOnce(file, "second", 0o600);
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["first", 0o600]);
  expect(readdirSync(path.dirname(file))).toEqual(["passphrase"]);
});
