import { realPlugin } from "../../tools/azure-stand-in/locate";
import { armTypes } from "../support/arm-types";

/** Tests that may be skipped, and when. Whatever else is skipped makes a run fail: it proves nothing, and looks as if it did. */
export interface Skip {
  /** Part of the test's full name. */
  name: string;
  reason: string;
  /** Whether the reason holds on this machine. */
  holds(): boolean;
}

export const skips: readonly Skip[] = [
  {
    name: "skipped where the real azure-native plugin is installed",
    reason: "these tests are about the stand-in for Azure, which the real plugin takes the place of",
    holds: () => realPlugin() !== undefined,
  },
  {
    name: "skipped where they are not beside the project",
    reason: "Azure's own types are data that does not ship with the project; SLM_ARM_TYPES names their folder",
    holds: () => armTypes().length === 0,
  },
  {
    name: "skipped unless the tests run as root",
    reason: "only root can become another user",
    holds: () => process.getuid?.() !== 0,
  },
];

/** Of tests that were skipped, by full name, those that no reason allows here. */
export const unexplained = (skipped: readonly string[], allowed: readonly Skip[] = skips): string[] =>
  skipped.filter((test) => !allowed.some(({ name, holds }) => test.includes(name) && holds()));
