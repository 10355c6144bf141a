import { describe, expect, it } from "vitest";
import { z } from "zod";

import { notOneOf, orList, schemaMessage } from "../../lib/schema-messages";

describe("words of a list", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a or b"],
    [["a", "b", "c"], "a, b or c"],
  ])("%j", (words, text) => expect(orList(words)).toBe(text));
});

describe("a value that is none of a few", () => {
  it.each([
    ["extraordinary", ["a", "b"], 'must be a or b, got "extraordinary"'],
    ["privat", ["private", "public"], 'must be private or public, got "privat"; did you mean private?'],
    ["aws", ["azure", "lab"], 'must be azure or lab, got "aws"'],
    [undefined, ["a", "b"], "must be a or b, got nothing"],
    [3, ["a", "b"], "must be a or b, got 3"],
  ])("%j", (value, allowed, message) => expect(notOneOf(value, allowed)).toBe(message));
});

describe("a schema without messages of its own", () => {
  const union = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("fixed"), nodes: z.number() }),
    z.strictObject({ kind: z.literal("auto"), most: z.enum(["few", "many"]) }),
  ]);
  const messages = (schema: z.ZodType, value: unknown): string[] =>
    schema.safeParse(value, { error: schemaMessage }).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

  it.each<[unknown, string[]]>([
    [{ kind: "fixed", nodes: 1 }, []],
    [{ kind: "fixd" }, ['kind: must be of kind fixed or auto, got "fixd"; did you mean fixed?']],
    [{}, ["kind: must be of kind fixed or auto, got nothing"]],
    [{ kind: 7 }, ["kind: must be of kind fixed or auto, got 7"]],
    [{ kind: "auto", most: "all" }, ['most: must be few or many, got "all"']],
    [{ kind: "fixed", nodes: 1, nods: 2 }, [': Unrecognized key: "nods"; did you mean nodes?']],
    [{ kind: "fixed", nodes: 1, x: 2, y: 3 }, [': Unrecognized keys: "x", "y"; it may have kind, nodes']],
    ["secret", [": Invalid input: expected object, received string"]],
  ])("%j", (value, expected) => expect(messages(union, value)).toEqual(expected));

  it("says nothing of what a union without a kind refuses: its value may be a secret", () => {
    const either = z.union([z.strictObject({ env: z.string() }), z.strictObject({ secure: z.string() })]);
    expect(messages(either, "hf_clear")).toEqual([": Invalid input"]);
  });

  it("keeps a message of its own", () => {
    expect(messages(z.enum(["a"], "must be a"), "b")).toEqual([": must be a"]);
  });
});
