import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { check } from "../../components/check";
import { mockPulumi } from "../support/mocks";

beforeAll(mockPulumi);

/** The error of a component whose input `size` has this value. */
function refusal(value: unknown): unknown {
  const schema = z.string().min(3, "must have 3 letters").regex(/^a/, "must start with a");
  const component = new pulumi.ComponentResource("test:Component", "component");
  try {
    return check(component, "size", schema, value);
  } catch (error) {
    return error;
  }
}

it("a good input is returned as its schema reads it", () => {
  expect(refusal("abc")).toBe("abc");
});

it("a bad one is refused for all its reasons, under the component's name and without a stack trace", () => {
  const error = refusal("b") as pulumi.ResourceError;
  expect(pulumi.ResourceError.isInstance(error)).toBe(true);
  expect(error.message).toBe('size: must have 3 letters; must start with a, got "b"');
  expect(error.hideStack).toBe(true);
});

it("a name that a schema would drop is refused", () => {
  const component = new pulumi.ComponentResource("test:Component", "named");
  const named: unknown = JSON.parse('{ "__proto__": "a" }');
  expect(() => check(component, "labels", z.record(z.string(), z.string()), named)).toThrow(
    /^labels: is no name: .*, got \{"__proto__":"a"\}$/,
  );
});
