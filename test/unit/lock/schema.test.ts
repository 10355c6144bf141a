import { expect, it } from "vitest";
import { z } from "zod";

import { lockSchema } from "../../../lib/weights/lock";

const sum = "0123456789abcdef".repeat(4);
const says = (entry: object): string => {
  const { error } = lockSchema.safeParse({ "library:x": entry });
  return error ? z.prettifyError(error) : "";
};

it("a lock says what each source must bring", () => {
  const lock = {
    "huggingFace:org/name": { revision: "c0ffee1", licence: "mit", files: { "config.json": sum }, sizes: { "config.json": 0 } },
    "library:x": { files: {} },
  };
  expect(lockSchema.parse(lock)).toEqual(lock);
});

it.each(["", sum.slice(1), `${sum}0`, `x${sum}`, `${sum.slice(1)}A`, `${sum.slice(1)}g`])("%j is no sum of a file", (wrong) =>
  expect(says({ files: { "a/b": wrong } })).toBe('✖ must be 64 lower-case hex digits\n  → at ["library:x"].files["a/b"]'),
);

it.each<[object, string]>([
  [{}, '✖ Invalid input: expected record, received undefined\n  → at ["library:x"].files'],
  [{ files: {}, more: 1 }, '✖ Unrecognized key: "more"\n  → at ["library:x"]'],
  [{ files: {}, revision: "c0ffee" }, '✖ Too small: expected string to have >=7 characters\n  → at ["library:x"].revision'],
  [{ files: { "": sum } }, '✖ Invalid key in record\n  → at ["library:x"].files.'],
  [{ files: {}, sizes: { "": 1 } }, '✖ Invalid key in record\n  → at ["library:x"].sizes.'],
  [{ files: {}, sizes: { a: -1 } }, '✖ Too small: expected number to be >=0\n  → at ["library:x"].sizes.a'],
  [{ files: {}, sizes: { a: 0.5 } }, '✖ Invalid input: expected int, received number\n  → at ["library:x"].sizes.a'],
])("%j is refused", (entry, message) => expect(says(entry)).toBe(message));
