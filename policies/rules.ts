import { allowedRegion } from "./allowed-region";
import { autoscaledCount } from "./autoscaled-count";
import { drain } from "./drain";
import { gpuPoolSize } from "./gpu-pool-size";
import { gpuTolerations } from "./gpu-tolerations";
import { hostAccess } from "./host-access";
import { imageDigest } from "./image-digest";
import { imageRegistry } from "./image-registry";
import { knownTypes } from "./known-types";
import { labels } from "./labels";
import { leastPrivilege } from "./least-privilege";
import type { Rule } from "./lib/rule";
import { localAccounts } from "./local-accounts";
import { migAutoscaling } from "./mig-autoscaling";
import { modelLicence } from "./model-licence";
import { monthlyCost } from "./monthly-cost";
import { networkPolicy } from "./network-policy";
import { plainSecrets } from "./plain-secrets";
import { privateEndpoints } from "./private-endpoints";
import { probes } from "./probes";
import { protectedResources } from "./protected-resources";
import { publicEndpoint } from "./public-endpoint";
import { purgeProtection } from "./purge-protection";
import { resourceLimits } from "./resource-limits";
import { restrictedNamespace } from "./restricted-namespace";
import { restrictedPod } from "./restricted-pod";
import { sharedMemory } from "./shared-memory";
import { startupBudget } from "./startup-budget";
import { surgeHeadroom } from "./surge-headroom";
import { tags } from "./tags";

/** Every rule of the pack. */
export const rules: readonly Rule[] = [
  allowedRegion,
  autoscaledCount,
  drain,
  gpuPoolSize,
  gpuTolerations,
  hostAccess,
  imageDigest,
  imageRegistry,
  knownTypes,
  labels,
  leastPrivilege,
  localAccounts,
  migAutoscaling,
  modelLicence,
  monthlyCost,
  networkPolicy,
  plainSecrets,
  privateEndpoints,
  probes,
  protectedResources,
  publicEndpoint,
  purgeProtection,
  resourceLimits,
  restrictedNamespace,
  restrictedPod,
  sharedMemory,
  startupBudget,
  surgeHeadroom,
  tags,
];
