import { rmSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { register } from "tsx/cjs/api";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { Environment } from "../../../components/environment/environment";
import { deployablePlan } from "../../../lib/environment/plan-request";
import { repoRoot } from "../../../tools/lib/paths";
import { fresh, mockAzure, quiet } from "../../support/azure-mocks";
import { optionsOf, registered } from "../../support/mocks";
import { exampleEnvironment, makeParts } from "../../support/policies/program";
import { recordPlaces } from "../../support/urns";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = ".slm/environment-aliases";
const file = exampleEnvironment(folder);
/** Where each resource of 0.1 was in the state, and every place that one of now answers to. */
let [before, now]: [Map<string, string[]>, Map<string, string[]>] = [new Map(), new Map()];

beforeAll(async () => {
  register(); // what is Azure's is loaded by `require`, which knows no TypeScript here
  vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await mockAzure();
  before = recordPlaces();
  makeParts(file);
  await quiet();
  fresh();
  await mockAzure();
  now = recordPlaces();
  const { environment, name } = file;
  const plan = deployablePlan(environment);
  const secrets = { "hugging-face": pulumi.secret("hf_not_a_token") };
  new Environment(name, { environment, plan, secrets, from: file.file });
  await quiet();
});
afterAll(() => rmSync(path.join(repoRoot, folder), { recursive: true }));

it("every resource of a state that parts on their own made is taken over by one of the environment's, and none is made anew", () => {
  expect(before.size).toBeGreaterThan(100);
  const old = [...before.values()].map(([place]) => place!);
  const takers = old.map((place) => [place, [...now.values()].filter((places) => places.includes(place)).length]);
  expect(takers.filter(([, count]) => count !== 1)).toEqual([]);
  const anew = [...now].filter(([, places]) => !places.some((place) => old.includes(place)));
  expect(anew.map(([resource]) => resource)).toEqual(["slm:environment:Environment::test"]);
});

it("everything is a part of the environment, by its own names", () => {
  expect([...now.values()].filter(([place]) => !place!.startsWith("slm:environment:Environment"))).toEqual([]);
  const parts = registered.filter(({ type, name }) => optionsOf(name, type).parent === "test");
  expect(parts.length).toBeGreaterThan(15);
  for (const { type, name } of parts) expect(optionsOf(name, type).aliases, name).toContainEqual({ noParent: true });
  expect([...now.keys()].sort()).toEqual([...before.keys(), "slm:environment:Environment::test"].sort());
});
