import { expect, it } from "vitest";

import { quantity } from "../../../../policies/lib/quantity";

it.each([
  ["1Ki", 1024],
  ["512Mi", 536_870_912],
  ["1.5Gi", 1_610_612_736],
  ["1Ti", 1_099_511_627_776],
  ["1Pi", 1_125_899_906_842_624],
  ["500m", 0.5],
  ["2", 2],
  [4, 4],
  [0, 0],
  ["+3", 3],
  ["-3", -3],
  ["1e3", 1000],
  ["1E3", 1000],
  ["2e-1", 0.2],
  ["3k", 3000],
  ["2M", 2e6],
  ["2G", 2e9],
  ["2T", 2e12],
  ["2P", 2e15],
  ["lots", undefined],
  ["1Gib", undefined],
  ["1 Gi", undefined],
  ["x1", undefined],
  ["1.2.3", undefined],
  ["", undefined],
  [undefined, undefined],
])("%s is %s", (text, value) => expect(quantity(text)).toBe(value));
