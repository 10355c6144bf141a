import { builtImages } from "../../lib/environment/image-names";
import { planOf } from "../../lib/environment/plan-request";
import { dependencies } from "../../package.json";
import type { Environment } from "../../stacks/environment";
import { realPlugin } from "../azure-stand-in/locate";
import type { EngineEnv } from "./engine";
import { UserError } from "./fault";

const install = (plugin: "azure-native" | "docker-build"): string =>
  `pulumi plugin install resource ${plugin} ${dependencies[`@pulumi/${plugin}`]}`;

/** Refuses an update, or the end of a stack, whose plugins are missing. Azure's takes the real one; tests alone use the stand-in, by its variables. */
export function requirePlugins(environment: Environment, env: EngineEnv): void {
  if (environment.azure && !realPlugin() && !env["SLM_AZURE_STANDIN_KUBECONFIG"])
    throw new UserError("the azure-native plugin is not installed", install("azure-native"));
  requireBuilder(environment);
}

/** Refuses an environment that builds images where the plugin that builds them is missing: nothing plays it, in a preview neither. */
export function requireBuilder(environment: Environment): void {
  const images = builtImages(environment, planOf(environment));
  if (images.length === 0 || realPlugin(process.env, "docker-build")) return;
  throw new UserError(
    `azure.registry.build: the docker-build plugin, which builds ${images.join(", ")}, is not installed`,
    `${install("docker-build")}, or name the images in ${environment.images}`,
  );
}
