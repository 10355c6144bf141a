import { expect, it } from "vitest";

import { namedEnvironments, settingsOf } from "../../../tools/compare/settings";
import { UserError } from "../../../tools/lib/fault";

it("without variables, sixteen requests of sixty-four tokens, four at once, of all models, and nothing is started again", () => {
  const defaults = { models: undefined, concurrency: 4, requests: 16, tokens: 64, restart: false };
  expect(settingsOf({})).toEqual(defaults);
  expect(settingsOf({ MODELS: "", CONCURRENCY: "", REQUESTS: "", TOKENS: "", RESTART: "" })).toEqual(defaults);
});

it("each variable is taken; names are those between commas, once each", () => {
  const settings = settingsOf({ MODELS: "chat, code,chat,", CONCURRENCY: "256", REQUESTS: "1", TOKENS: "4096", RESTART: "1" });
  expect(settings).toEqual({ models: ["chat", "code"], concurrency: 256, requests: 1, tokens: 4096, restart: true });
  expect(namedEnvironments({ ENV: "a, b,a" })).toEqual(["a", "b"]);
  expect(namedEnvironments({})).toEqual([]);
});

it("mistakes are told all at once, with the bound and what was given", () => {
  expect(() => settingsOf({ CONCURRENCY: "0", REQUESTS: "1e3", TOKENS: "4097" })).toThrow(
    new UserError(
      [
        'CONCURRENCY: must be a whole number from 1 to 256, got "0"',
        'REQUESTS: must be a whole number from 1 to 10000, got "1e3"',
        'TOKENS: must be a whole number from 1 to 4096, got "4097"',
      ].join("\n"),
      "leave a variable out for its default: docs/compare.md",
    ),
  );
});
