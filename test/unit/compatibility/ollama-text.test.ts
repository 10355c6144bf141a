import { expect, it } from "vitest";

import { modelfileTextFault } from "../../../lib/compatibility/ollama";

it.each([
  "",
  "Be brief.",
  'say "hi" and "bye"',
  'ends in "quotes"""',
  'has """ in the middle of a line',
  "several\nlines\twith\r\nbreaks",
  "{{ if .System }}<|im_start|>{{ end }}",
  "Grüße, 你好, مرحبا, 👍🏽".replace("\u200d", ""),
])("a Modelfile holds %j", (text) => expect(modelfileTextFault(text)).toBeUndefined());

it.each(['a"""\nb', 'a""" \t\r\nb', '"""\n'])("a Modelfile would end early at %j", (text) =>
  expect(modelfileTextFault(text)).toBe('must not have a line that ends in """: Ollama would take it for the end'),
);

it.each([
  ["\u00a0", "00A0"],
  ["\u0000", "0000"],
  ["\u200b", "200B"],
  ["\u3000", "3000"],
  ["\u{e0001}", "E0001"],
])("a Modelfile would lose %j", (character, code) =>
  expect(modelfileTextFault(`a${character}b`)).toBe(`must not hold U+${code}, which Ollama would drop: use a blank or a visible character`),
);
