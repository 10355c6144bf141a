import { podRule } from "./lib/pod-rule";
import { each } from "./lib/rule";
import { containersOf } from "./lib/workload";

/** An image from anywhere is code from anyone. */
export const imageRegistry = podRule({
  name: "image-registry",
  description: "Container images come from the allowed registries.",
  severity: "high",
  facts: ["registries"],
  check(workload, { registries }) {
    return each(containersOf(workload), ({ container: { image = "" }, path }) => {
      const name = fullName(image);
      if (registries.some((allowed) => isBelow(name, allowed.replace(/\/$/, "")))) return [];
      const bound = `must come from ${registries.join(", ")}`;
      return [{ path: `${path}.image`, value: image, bound, fix: "copy it to one of them, or allow its registry in the environment" }];
    });
  },
});

/** Whether an image is what an entry names, whatever its tag and digest, or lies below it. */
const isBelow = (name: string, entry: string): boolean =>
  name.startsWith(entry) && (entry.includes("/") ? /^[/:@]/ : /^\//).test(name.slice(entry.length));

/** The name with its host, as container engines complete it: `busybox` is `docker.io/library/busybox`. */
function fullName(image: string): string {
  const parts = image.split("/");
  const hasHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  if (hasHost) return image;
  return parts.length > 1 ? `docker.io/${image}` : `docker.io/library/${image}`;
}
