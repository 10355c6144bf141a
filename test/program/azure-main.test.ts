import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standIn } from "../../tools/azure-stand-in/locate";
import { Stack } from "../../tools/lib/stack";
import { FilledIn } from "../support/filled-in";

type Inputs = Record<string, unknown>;
interface Step {
  newState?: { inputs?: Inputs };
}

let filledIn: FilledIn;
beforeAll(() => {
  filledIn = new FilledIn(".slm/azure-main-test");
});
afterAll(() => filledIn.remove());

describe.skipIf(standIn() === undefined)(
  "the whole program, previewed without an account (skipped where the real azure-native plugin is installed)",
  () => {
    it.each(["dev", "staging", "prod"])(
      "%s: cluster, pool and model from one file, and every rule content in mandatory mode",
      async (name) => {
        const strict = filledIn.environment(name, name, (config) => {
          config["slm:policies"] = { ...(config["slm:policies"] as object), level: "mandatory" };
        });
        const stack = await Stack.open(strict);
        try {
          const shown = await stack.preview([], { quiet: true });
          expect(shown).toMatch(/containerservice:ManagedCluster\s+\S+\s+create/);
          expect(shown).toMatch(/apps\/v1:Deployment\s+\S+-server\s+create/);
          expect(shown).toMatch(/Policies:\s+✅ slm@v0\.1\.0/);
        } finally {
          await stack.pulumi(["stack", "rm", "--yes", "--preserve-config", name], { quiet: true });
        }
      },
    );

    it("prod as it stands: previewed with what an update still needs, which the update itself refuses to do without", async () => {
      const make = (command: string) =>
        execa("make", [command, "ENV=prod"], { env: { PULUMI_CONFIG_PASSPHRASE: "" }, reject: false, all: true });
      const preview = await make("preview");
      const needed = [/models\.chat\.weights\.vllm: must be in the model lock/, /models\.chat\.engine: must be in stacks\/images\.json/];
      expect(preview.exitCode).toBe(0);
      const [, list] = /^Needed before an update\n((?: {2}- .*\n)+)/m.exec(preview.all!)!;
      for (const fault of needed) expect(list).toMatch(new RegExp(`^ {2}- ${fault.source}`, "m"));
      const up = await make("up");
      expect(up.exitCode).toBe(2);
      for (const fault of needed) expect(up.all).toMatch(new RegExp(`✖ ${fault.source}`));
    });

    it("a third environment, in a second region, is a file and nothing else", async () => {
      const third = filledIn.environment("third", "staging", (config) => {
        config["slm:region"] = "swedencentral";
      });
      const stack = await Stack.open(third);
      try {
        const shown = await stack.preview(["--json"], { quiet: true });
        const made = JSON.parse(shown.slice(shown.indexOf("{"))).steps.map(({ newState }: Step) => newState?.inputs ?? {});
        const names = made.map(({ resourceGroupName, location }: Inputs) => [resourceGroupName, location]);
        expect(names).toContainEqual(["rg-contoso-third-swedencentral", "swedencentral"]);
        expect(JSON.stringify(made)).not.toMatch(/westeurope|contoso-staging/);
      } finally {
        await stack.pulumi(["stack", "rm", "--yes", "--preserve-config", "third"], { quiet: true });
      }
    });

    it("MIG-partitioned GPUs, with the autoscaler: refused before anything is made", async () => {
      const size = "Standard_NC24ads_A100_v4";
      const cut = filledIn.environment("third", "staging", (config) => {
        config["slm:azure"].pools = { [size]: { scale: { kind: "auto", minNodes: 0, maxNodes: 2 } } };
        // Two replicas are cheaper on one card that is cut than on two cards.
        const storage = { class: "azurefile-csi-premium", shared: true };
        Object.assign(config["slm:models"].chat, { size, dtype: "bfloat16", concurrency: 1, replicas: 2, storage });
      });
      const stack = await Stack.open(cut);
      try {
        await expect(stack.preview([], { quiet: true })).rejects.toThrow(
          `azure.pools.${size}.scale: the autoscaler does not know GPUs partitioned by MIG (MIG3g), got "auto"; use kind fixed, nodes 1, or plan whole GPUs`,
        );
      } finally {
        await stack.pulumi(["stack", "rm", "--yes", "--preserve-config", "third"], { quiet: true });
      }
    });
  },
);
