import { expect, it } from "vitest";

import { tags } from "../../../policies/tags";
import { changed, gpuPool, service, vault } from "../../support/policies/fixtures";
import { judge, mend } from "../../support/policies/judge";

it("accepts what carries its tags, and what takes none", () => {
  const subnet = { ...changed(vault, "subnet", { tags: undefined }), type: "azure-native:network:Subnet" };
  expect(judge(tags, [vault, gpuPool, service, subnet])).toEqual([]);
});

it("refuses a resource without them, and says what they could be", () => {
  const bare = changed(vault, "kv", { tags: { "managed-by": "pulumi" } });
  expect(judge(tags, [bare], { tags: { owner: "team-a" } })).toEqual([
    'kv: tags.environment: must be set, got nothing; set it, for example to "seeded"',
    'kv: tags.owner: must be set, got nothing; set it, for example to "team-a"',
  ]);
});

it("adds those that lack and keeps those that are there", () => {
  const bare = changed(vault, "kv", { tags: { "managed-by": "hand", extra: "1" } });
  expect(mend(tags, bare, { tags: { owner: "team-a" } })).toEqual({
    ...bare.props,
    tags: { "managed-by": "hand", extra: "1", environment: "seeded", owner: "team-a" },
  });
  expect(mend(tags, changed(vault, "kv", { tags: undefined }))).toMatchObject({ tags: { environment: "seeded", "managed-by": "pulumi" } });
  expect(mend(tags, vault)).toBeUndefined();
});
