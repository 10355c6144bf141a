/** Kinds that older versions of Kubernetes had in the group `extensions`, by the group that has them now; the others went to `apps`. */
const formerExtensions: Readonly<Record<string, string>> = { Ingress: "networking.k8s.io", NetworkPolicy: "networking.k8s.io" };

/** Groups whose objects rules read: their versions differ in nothing that a rule reads. */
const readGroups = new Set(["apps", "batch", "core", "gateway.networking.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io"]);

/**
 * The one token by which rules know a type. SDKs write the version of an API into it in several ways:
 * `azure-native:keyvault:Vault`, `azure-native:keyvault/v20230701:Vault` and, as `pulumi package add` generates it,
 * `azure-native_keyvault_v20230701:keyvault:Vault` are one type, as are `kubernetes:batch/v1beta1:CronJob` and `kubernetes:batch/v1:CronJob`.
 */
export function canonicalType(token: string): string {
  const [provider = "", module = "", kind = ""] = token.split(":");
  if (provider === "azure-native" || provider.startsWith("azure-native_")) return `azure-native:${module.replace(/\/v\d.*$/, "")}:${kind}`;
  if (provider === "kubernetes") return `kubernetes:${canonicalModule(module, kind)}:${kind}`;
  return token;
}

/** `kubernetes.apiextensions.CustomResource` writes the API's version as it is: `v1` is what a typed resource calls `core/v1`. */
function canonicalModule(module: string, kind: string): string {
  const [group = "", version] = module.split("/");
  if (version === undefined) return /^v\d/.test(group) ? "core/v1" : module;
  const current = group === "extensions" ? (formerExtensions[kind] ?? "apps") : group;
  return readGroups.has(current) ? `${current}/v1` : module;
}
