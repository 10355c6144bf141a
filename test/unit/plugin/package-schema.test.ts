import { expect, it } from "vitest";
import { z } from "zod";

import { hosted } from "../../../components/plugin/components";
import type { ModelArgs } from "../../../components/serving/model";
import type { modelArguments } from "../../../lib/package-schema/model-arguments";
import { packageSchema } from "../../../lib/package-schema/package-schema";

// biome-ignore lint/suspicious/noExplicitAny: the schema is JSON
type Json = any;
const whole = packageSchema(Object.values(hosted)) as { resources: Json; types: Json };
const model = whole.resources["slm:serving:Model"];

const one = (schema: z.ZodType, inputs: string[] = []) => {
  const { resources, types } = packageSchema([
    { token: "p:m:T", description: "", arguments: z.strictObject({ x: schema }), inputs, outputs: {} },
  ]) as { resources: Json; types: Json };
  return { ...resources["p:m:T"].inputProperties.x, types };
};

it.each<[string, z.ZodType, object]>([
  ["a text", z.string().describe("A name."), { type: "string", description: "A name." }],
  ["a number", z.number(), { type: "number" }],
  ["a whole number", z.int(), { type: "integer" }],
  ["one of some words", z.enum(["a", "b"]), { type: "string", description: "One of `a`, `b`." }],
  ["a list", z.array(z.string()), { type: "array", items: { type: "string", plain: true } }],
  ["a map", z.record(z.string(), z.boolean()), { type: "object", additionalProperties: { type: "boolean", plain: true } }],
  ["a text or a number", z.union([z.string(), z.number()]), { $ref: "pulumi.json#/Any" }],
  ["anything", z.any(), { $ref: "pulumi.json#/Any" }],
  ["an object", z.strictObject({ y: z.string().optional() }), { $ref: "#/types/p:m:TX" }],
])("%s is written as the languages have it, and plain", (_what, schema, expected) => {
  const { types: _types, ...property } = one(schema);
  expect(property).toEqual({ ...expected, plain: true });
});

it("what is known only later is no plain argument", () => {
  expect(one(z.string(), ["x"])).toEqual({ type: "string", types: {} });
});

it("an object is a type with its fields, required unless they have a default; those that are alike are one", () => {
  const point = z.strictObject({ y: z.string(), z: z.int().default(1) });
  expect(one(z.strictObject({ from: point, to: point })).types).toEqual({
    "p:m:TXFrom": { type: "object", properties: { y: { type: "string" }, z: { type: "integer" } }, required: ["y"] },
    "p:m:TX": {
      type: "object",
      properties: { from: { $ref: "#/types/p:m:TXFrom" }, to: { $ref: "#/types/p:m:TXFrom" } },
      required: ["from", "to"],
    },
  });
});

it("objects that a field tells apart are a union that each language can tell apart", () => {
  const { types, ...property } = one(
    z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("a") }), z.strictObject({ kind: z.literal("b"), y: z.int() })]),
  );
  expect(property).toEqual({
    oneOf: [{ $ref: "#/types/p:m:TXA" }, { $ref: "#/types/p:m:TXB" }],
    discriminator: { propertyName: "kind", mapping: { a: "#/types/p:m:TXA", b: "#/types/p:m:TXB" } },
    plain: true,
  });
  expect(types["p:m:TXB"].properties.kind).toEqual({ type: "string", const: "b" });
});

it("components have the types that they have in a program in TypeScript, with their required arguments and outputs", () => {
  const shape = ({ isComponent, requiredInputs, required }: Json) => [isComponent, requiredInputs, required];
  expect(Object.fromEntries(Object.entries(whole.resources).map(([token, resource]) => [token, shape(resource)]))).toEqual({
    "slm:serving:Model": [true, ["engine", "model", "namespace", "image", "verifierImage"], ["url", "addressUrl", "measured"]],
    "slm:namespace:ModelNamespace": [true, [], ["namespaceName"]],
    "slm:scaling:Autoscaler": [true, ["namespace", "deployment", "environment", "release", "scaling", "coldStart", "prometheusUrl"], []],
    "slm:environment:Environment": [true, ["models", "images"], ["endpoints", "addresses", "verification", "namespaceName"]],
  });
});

it("a model's namespace and images may come from other resources; the rest is planned from", () => {
  const later = Object.entries<Json>(model.inputProperties).filter(([, { plain }]) => !plain);
  expect(later.map(([name]) => name)).toEqual(["namespace", "image", "verifierImage"]);
});

it("every type that is named is there", () => {
  const named = [...JSON.stringify(whole).matchAll(/"#\/types\/([^"]+)"/g)].map(([, token]) => token!);
  expect(new Set(named)).toEqual(new Set(Object.keys(whole.types)));
});

/** What other languages may write is what a program in TypeScript may, name by name; the rest holds functions or resources. */
type Written = z.input<typeof modelArguments>;
type OnlyHere = "hfToken" | "telemetry" | "nodes" | "plan" | "environment";
const assignable = (written: Written): ModelArgs => written;
const named = (name: Exclude<keyof ModelArgs, OnlyHere>): keyof Written => name;

it("has the arguments of `Model`, which the compiler compares", () => {
  expect([assignable, named].map(({ length }) => length)).toEqual([1, 1]);
});
