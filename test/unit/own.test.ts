import { expect, it } from "vitest";
import { z } from "zod";

import { monitoring, monitoringFaults, objectivesOf } from "../../lib/environment/monitoring-config";
import { own } from "../../lib/own";
import { parseStrictly } from "../../lib/schema-messages";
import { prototypeNames } from "../support/prototype-names";

it("a record holds by a name what was written there, and nothing that every object has", () => {
  expect(own({ a: 1, constructor: 2 }, "constructor")).toBe(2);
  expect(prototypeNames.map((name) => own({ a: 1 }, name))).toEqual(prototypeNames.map(() => undefined));
});

it("a model may have the name of what every object has, and promises what its environment's default says", () => {
  const section = monitoring.parse({ mode: "azure", objectives: { default: { availability: 0.9 } } });
  const release = { engine: "vllm", version: "0.33.0" } as const;
  expect(objectivesOf(section, "constructor", release).availability).toBe(0.9);
  expect(monitoringFaults({ ...section, objectives: { constructor: {} } }, { chat: release })).toEqual([
    { path: ["monitoring", "objectives", "constructor"], message: "must be a model of this environment: chat" },
  ]);
});

it("what is named __proto__ is reported, once, and not dropped", () => {
  const schema = z.strictObject({ byName: z.record(z.string(), z.number()), list: z.array(z.record(z.string(), z.number())) });
  const raw = JSON.parse('{ "byName": { "__proto__": 1 }, "list": [{}, { "__proto__": 2 }], "__proto__": {} }');
  expect(parseStrictly(schema, raw).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
    ': Unrecognized key: "__proto__"; it may have byName, list',
    "byName.__proto__: is no name: an object's own prototype has it; choose another",
    "list.1.__proto__: is no name: an object's own prototype has it; choose another",
  ]);
});
