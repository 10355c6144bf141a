import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, expect, it, vi } from "vitest";

import { policyPack } from "../../../tools/lib/policy-pack";

const home = vi.hoisted(() => `${process.env["TMPDIR"] ?? "/tmp"}/slm-policy-pack-${process.pid}`);
vi.mock("../../../tools/lib/paths", async (original) => ({ ...(await original<object>()), workDir: home }));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const list = path.join(home, "policies/sources.json");
const index = path.join(home, "policies/index.js");

it("is one file that asks for nothing but the SDK of policies, made once", () => {
  expect(policyPack()).toBe(path.join(home, "policies"));
  const text = readFileSync(index, "utf8");
  const asked = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name!);
  expect([...new Set(asked)].filter((name) => !/^(node:)?(crypto|fs|path)$/.test(name))).toEqual(["@pulumi/policy"]);
  expect(JSON.parse(readFileSync(list, "utf8"))).toEqual(expect.arrayContaining(["policies/index.ts", "policies/lib/rule.ts"]));
  writeFileSync(index, "kept");
  policyPack();
  expect(readFileSync(index, "utf8")).toBe("kept");
});

it("is made again when a source is newer, or gone", () => {
  const long = new Date(statSync("policies/lib/rule.ts").mtimeMs - 1000);
  utimesSync(list, long, long);
  policyPack();
  expect(readFileSync(index, "utf8")).not.toBe("kept");
  writeFileSync(index, "kept");
  writeFileSync(list, JSON.stringify([...(JSON.parse(readFileSync(list, "utf8")) as string[]), "policies/that-was.ts"]));
  policyPack();
  expect(readFileSync(index, "utf8")).not.toBe("kept");
});
