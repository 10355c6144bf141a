import * as pulumi from "@pulumi/pulumi";

/** The name under which a registry takes a token in place of a password (Azure/acr, docs/AAD-OAuth.md). */
export const tokenUser = "00000000-0000-0000-0000-000000000000";

/** Seconds that a registry may take to answer. */
const timeoutSeconds = 30;

interface Login {
  /** Base URL of the registry. */
  readonly endpoint: string;
  readonly tenantId: string;
  /** A token of Azure Resource Manager, of the identity that pushes. */
  readonly token: string;
}

/** Trades a token of Azure for one of a registry, which holds for a while (Azure/acr, docs/AAD-OAuth.md); the roles that may push: azure-docs, container-registry-roles.md. */
export async function exchange({ endpoint, tenantId, token }: Login): Promise<string> {
  const response = await fetch(`${endpoint}/oauth2/exchange`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "access_token", service: new URL(endpoint).host, tenant: tenantId, access_token: token }),
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  if (!response.ok)
    throw new pulumi.RunError(
      `${endpoint}: the registry answered ${response.status} when asked to let the deployer in; whoever deploys needs Contributor or AcrPush on it`,
    );
  return ((await response.json()) as { refresh_token: string }).refresh_token;
}

/** Password of a registry for as long as an update takes, as a secret. A preview pushes nothing, so it asks for none. */
export function registryPassword(
  loginServer: pulumi.Input<string>,
  tenantId: pulumi.Input<string>,
  token: () => Promise<string>,
): pulumi.Output<string> {
  const login = pulumi.output([loginServer, tenantId] as const);
  return pulumi.secret(
    login.apply(async ([server, tenant]) =>
      pulumi.runtime.isDryRun() ? "" : exchange({ endpoint: `https://${server}`, tenantId: tenant, token: await token() }),
    ),
  );
}
