import { expect, it } from "vitest";

import { bytesPerGib, formatCount, formatGib, formatUsd, gib, round } from "../../lib/units";

it("counts in powers of two", () => {
  expect(bytesPerGib).toBe(1_073_741_824);
  expect(gib(3 * 1_073_741_824)).toBe(3);
});

it.each([
  [1.234, undefined, 1.23],
  [1.235, undefined, 1.24],
  [1.25, 1, 1.3],
  [1499.6, 0, 1500],
  [0.0004, 3, 0],
  [0.0005, 3, 0.001],
])("rounds %d to %s digits: %d", (value, digits, rounded) => expect(round(value, digits)).toBe(rounded));

it.each([
  [formatGib(12.345), "12.35 GiB"],
  [formatGib(3), "3.00 GiB"],
  [formatCount(131_071.5), "131,072"],
  [formatCount(999.4), "999"],
  [formatUsd(1234.5), "$1,234.50"],
  [formatUsd(0.526), "$0.53"],
  [formatUsd(0.5264, 3), "$0.526"],
  [formatUsd(1_000_000, 0), "$1,000,000"],
])("shows %s", (shown, text) => expect(shown).toBe(text));
