import { parse } from "yaml";

import { azureNames, registryHost } from "../../lib/azure/names";
import { secretNames } from "../../lib/environment/gateway-config";
import { planOf } from "../../lib/environment/plan-request";
import { secretKey } from "../../lib/monitoring/limits";
import { own } from "../../lib/own";
import type { EnvironmentPlan, ModelPlan } from "../../lib/planner/types";
import { type PolicyFacts, type PolicySettings, policyFacts, type RuleName } from "../../lib/policy-facts";
import { looksSecret } from "../../lib/secrets";
import type { Weights } from "../../lib/weights/source";
import type { Rule } from "../../policies/lib/rule";
import { rules } from "../../policies/rules";
import type { Environment } from "../../stacks/environment";
import type { EnvironmentFile } from "./environment";
import { controllerExemptions, daemonExemptions, unprotectedPools } from "./policy-exemptions";

type Level = NonNullable<PolicySettings["levels"][RuleName]>;

/** Environments whose violations warn: what is tried out there is seen, and stops nobody. */
const advisory = /^(dev|local|pr)(-|$)/;

/** What each rule is given, as `--policy-pack-config` takes it: its level, its exempt resources, and the facts that it asks for. */
export function policyConfig(environment: EnvironmentFile, own: readonly string[] = []): Record<string, object> {
  const settings = environment.environment.policies;
  const plan = planOf(environment.environment);
  const daemons = daemonExemptions(environment.environment, plan);
  const controllers = controllerExemptions(environment.environment);
  const unprotected = unprotectedPools(environment.environment, plan);
  const facts = factsOf(environment, plan, own);
  return Object.fromEntries(
    rules.map((rule) => [
      rule.name,
      {
        enforcementLevel: levelOf(rule, environment.name, settings),
        exempt: { ...daemons[rule.name], ...controllers[rule.name], ...unprotected[rule.name], ...settings.exempt[rule.name] },
        ...Object.fromEntries(rule.facts.map((fact) => [fact, facts[fact]])),
      },
    ]),
  );
}

/** A rule that can remediate does so where its violation would end the preview. Endpoints must be private in production, and should be elsewhere. */
function levelOf(rule: Rule, name: string, { level, levels }: PolicySettings): Level {
  const chosen = levels[rule.name] ?? level ?? (advisory.test(name) ? "advisory" : undefined);
  if (chosen) return chosen;
  if (rule.name === "private-endpoints" && name !== "prod") return "advisory";
  return "remediateResource" in rule ? "remediate" : "mandatory";
}

/** What the pack knows of an environment; `own` are registries that belong to it. */
function factsOf({ name, text, environment }: EnvironmentFile, { models }: EnvironmentPlan, own: readonly string[]): Partial<PolicyFacts> {
  const { registries = policyFacts.shape.registries.parse(undefined), ...settings } = environment.policies;
  return {
    ...settings,
    registries: [...registries, ...own, ...registriesOf(environment, name)],
    pools: environment.pools ?? [],
    ...(environment.allowedLicences ? { licences: environment.allowedLicences } : {}),
    models: Object.fromEntries(models.map((plan) => [plan.name, servedModels(plan, environment)])),
    settings: plainSettings(parse(text).config),
  };
}

/** The models of one server. A licence is what the environment's own description of the model says, else the lock; the catalog is the pack's. */
function servedModels(
  { name, model, weights, draft, additionalModels: more, coldStart: { loadSeconds } }: ModelPlan,
  { models, userModels }: Environment,
) {
  const licensed = (id: string, { lock }: Weights, shown = id) => ({
    model: shown,
    licence: own(userModels, id)?.licence ?? lock?.licence,
  });
  const { model: id, ollama, vllm } = models[name]!;
  return {
    loadSeconds,
    ...licensed(id, weights, model),
    others: [
      ...(draft ? [licensed(vllm!.speculative!.model!, draft)] : []),
      ...Object.entries(more).map(([other, source]) => licensed(ollama!.additionalModels![other]!.model, source)),
    ],
  };
}

/** The registry that the environment makes for itself. */
const registriesOf = ({ azure, region }: EnvironmentFile["environment"], environment: string): string[] =>
  azure ? [registryHost(azureNames({ prefix: azure.prefix, environment, region }))] : [];

/** Settings that an environment file holds in clear, by path; those that Pulumi encrypted have one key, `secure`, and names of Secrets are none. */
export function plainSettings(value: unknown, path = ""): Record<string, string> {
  if (typeof value === "string") return secretNames.includes(path) && !looksSecret("", value) ? {} : { [path]: value };
  if (typeof value !== "object" || value === null) return {};
  if ("secure" in value && Object.keys(value).length === 1) return {};
  if (secretKey.safeParse(value).success) return {};
  const under = (key: string): string => (path === "" ? key : `${path}.${key}`);
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => plainSettings(inner, under(key))));
}
