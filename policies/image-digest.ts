import { pinnedImage } from "../lib/limits";
import { podRule } from "./lib/pod-rule";
import { each } from "./lib/rule";
import { containersOf } from "./lib/workload";

/** A floating tag changes what runs without a diff. */
export const imageDigest = podRule({
  name: "image-digest",
  description: "Container images are pinned by digest.",
  severity: "high",
  check(workload) {
    return each(containersOf(workload), ({ container: { image }, path }) => {
      const parsed = pinnedImage.safeParse(image);
      if (parsed.success) return [];
      const bound = "must be pinned by digest (name@sha256:<64 hex>)";
      return [{ path: `${path}.image`, value: image, bound, fix: "name the digest that the tag has in its registry" }];
    });
  },
});
