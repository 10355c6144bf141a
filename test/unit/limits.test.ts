import { expect, it } from "vitest";
import type { z } from "zod";

import * as limits from "../../lib/limits";
import { lockSchema } from "../../lib/weights/lock";

const bounds: Readonly<Record<keyof typeof limits, z.ZodType>> = { ...limits };
const messages = (schema: z.ZodType, value: unknown): string[] => schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
const label = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";
const pinned = "must be pinned by digest (name@sha256:<64 hex>)";
const variable = "must be the name of a variable, such as HF_TOKEN";

const taken: readonly [schema: keyof typeof limits, values: unknown[]][] = [
  ["dnsLabel", ["a", "a1", "a-1", "a".repeat(53)]],
  ["memoryMib", [256, 2_097_152]],
  ["cpuCores", [0.1, 0.5, 256]],
  ["storageGib", [1, 4096]],
  ["stageSeconds", [1, 7200]],
  ["pinnedImage", [`a@sha256:${"0".repeat(64)}`, `host:5000/a/b@sha256:${"f".repeat(64)}`]],
  ["variableName", [{ env: "HF_TOKEN" }, { env: "_" }, { env: "A1" }]],
];
it.each(taken)("%s takes %j", (name, values) => {
  for (const value of values) expect(messages(bounds[name], value), JSON.stringify(value)).toEqual([]);
});

it.each<[keyof typeof limits, unknown, string]>([
  ["dnsLabel", "", label],
  ["dnsLabel", "1a", label],
  ["dnsLabel", "-a", label],
  ["dnsLabel", "a-", label],
  ["dnsLabel", "aB", label],
  ["dnsLabel", "a.b", `${label}, such as a-b`],
  ["dnsLabel", "a\n", label],
  ["dnsLabel", "a".repeat(54), label],
  ["memoryMib", 255, "must be at least 256 MiB"],
  ["memoryMib", 2_097_153, "must be at most 2097152 MiB (2 TiB)"],
  ["memoryMib", 512.5, "must be a whole number of MiB"],
  ["cpuCores", 0.09, "must be at least 0.1 cores"],
  ["cpuCores", 256.1, "must be at most 256 cores"],
  ["storageGib", 0, "must be at least 1 GiB"],
  ["storageGib", 4097, "must be at most 4096 GiB"],
  ["storageGib", 1.5, "must be a whole number of GiB"],
  ["stageSeconds", 0, "must be at least 1 s"],
  ["stageSeconds", 7201, "must be at most 7200 s (2 h)"],
  ["stageSeconds", 1.5, "must be a whole number of seconds"],
  ["pinnedImage", "a:latest", pinned],
  ["pinnedImage", `@sha256:${"0".repeat(64)}`, pinned],
  ["pinnedImage", `a@sha256:${"0".repeat(63)}`, pinned],
  ["pinnedImage", `a@sha256:${"0".repeat(65)}`, pinned],
  ["pinnedImage", `a@sha256:${"A".repeat(64)}`, pinned],
  ["pinnedImage", `a b@sha256:${"0".repeat(64)}`, pinned],
  ["pinnedImage", `a@b@sha256:${"0".repeat(64)}`, pinned],
  ["variableName", { env: "hf_token" }, variable],
  ["variableName", { env: "1A" }, variable],
  ["variableName", { env: "" }, variable],
  ["variableName", { env: "A-B" }, variable],
  ["variableName", { env: "A", value: "x" }, 'Unrecognized key: "value"'],
])("%s refuses %j", (name, value, message) => expect(messages(bounds[name], value)).toEqual([message]));

const sha256 = "0".repeat(64);
it.each([{}, { a: { files: {} } }, { a: { revision: "1234567", licence: "mit", files: { "model.safetensors": sha256 } } }])(
  "a lock may be %j",
  (lock) => expect(messages(lockSchema, lock)).toEqual([]),
);
it.each<[unknown, string]>([
  [{ a: { files: { m: "0".repeat(63) } } }, "must be 64 lower-case hex digits"],
  [{ a: { files: { m: "0".repeat(65) } } }, "must be 64 lower-case hex digits"],
  [{ a: { files: { m: "A".repeat(64) } } }, "must be 64 lower-case hex digits"],
  [{ a: { files: { "": sha256 } } }, "Invalid key in record"],
  [{ a: { revision: "123456", files: {} } }, "Too small: expected string to have >=7 characters"],
  [{ a: {} }, "Invalid input: expected record, received undefined"],
  [{ a: { files: {}, extra: 1 } }, 'Unrecognized key: "extra"'],
])("a lock may not be %j", (lock, message) => expect(messages(lockSchema, lock)).toEqual([message]));

it("a name with dots is answered with the label that is near, where there is one", () => {
  const reported = (name: string) => limits.dnsLabel.safeParse(name).error?.issues[0]?.message;
  expect([reported("qwen2.5-7b"), reported("2.5"), reported("Chat"), reported(`a.${"b".repeat(60)}`)]).toEqual([
    `${label}, such as qwen2-5-7b`,
    label,
    label,
    label,
  ]);
});
