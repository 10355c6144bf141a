import { expect, it } from "vitest";

import { quantity } from "../../../../policies/lib/quantity";

it.each([
  ["512Mi", 536_870_912],
  ["1.5Gi", 1_610_612_736],
  ["500m", 0.5],
  ["2", 2],
  [4, 4],
  ["1e3", 1000],
  ["2G", 2e9],
  ["lots", undefined],
  ["1Gib", undefined],
  ["", undefined],
  [undefined, undefined],
])("%s is %s", (text, value) => expect(quantity(text)).toBe(value));
