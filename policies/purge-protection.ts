import { azure } from "./lib/azure";
import { resourceRule } from "./lib/rule";

/** A deleted vault that can be purged takes every key with it. */
export const purgeProtection = resourceRule({
  name: "purge-protection",
  description: "Key vaults can be recovered after they are deleted.",
  severity: "high",
  check({ type, props }) {
    if (type !== azure.vault) return [];
    const vault = (props["properties"] ?? {}) as { enablePurgeProtection?: boolean; enableSoftDelete?: boolean };
    const rows = [
      ["enablePurgeProtection", vault.enablePurgeProtection, vault.enablePurgeProtection === true],
      ["enableSoftDelete", vault.enableSoftDelete, vault.enableSoftDelete !== false],
    ] as const;
    return rows.flatMap(([field, value, ok]) =>
      ok ? [] : [{ path: `properties.${field}`, value, bound: "must be true", fix: "set it; it cannot be taken back" }],
    );
  },
});
