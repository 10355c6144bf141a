/** Ways in which kubelogin gets a token without asking anybody (Azure/kubelogin, docs/book/src/cli/get-token.md, 2026). */
export const loginModes = ["azurecli", "workloadidentity", "spn", "msi"] as const;

export type LoginMode = (typeof loginModes)[number];

/** How whoever deploys enters the cluster. */
export interface Login {
  readonly mode: LoginMode;
  /** Application that signs in; absent: kubelogin finds it, or the mode needs none. */
  readonly clientId?: string;
  /** Credentials are in variables that begin with `ARM_`, which kubelogin reads only when reported. */
  readonly armVariables?: boolean;
}

/** Variables of a process, by name. */
type Variables = Readonly<Record<string, string | undefined>>;

/** The login of an environment: the mode that it names, else the one that azure-native's own variables (`ARM_…`) and Azure's (`AZURE_…`) ask for. */
export function loginFrom(named: LoginMode | undefined, variables: Variables): Login {
  const mode = named ?? modeFrom(variables);
  const clientId = variables["ARM_CLIENT_ID"] || variables["AZURE_CLIENT_ID"];
  const armVariables = mode === "spn" && !hasSecret("AZURE", variables) && hasSecret("ARM", variables);
  return { mode, ...(clientId && mode !== "azurecli" ? { clientId } : {}), ...(armVariables ? { armVariables } : {}) };
}

function modeFrom(variables: Variables): LoginMode {
  if (isOn(variables["ARM_USE_MSI"])) return "msi";
  if (isOn(variables["ARM_USE_OIDC"]) || variables["AZURE_FEDERATED_TOKEN_FILE"]) return "workloadidentity";
  return hasSecret("ARM", variables) || hasSecret("AZURE", variables) ? "spn" : "azurecli";
}

const isOn = (value: string | undefined): boolean => /^(true|1)$/i.test(value ?? "");

const hasSecret = (prefix: "ARM" | "AZURE", variables: Variables): boolean =>
  Boolean(variables[`${prefix}_CLIENT_SECRET`] || variables[`${prefix}_CLIENT_CERTIFICATE_PATH`]);

/** What a login needs and the variables lack, one line each; a preview enters no cluster, so only an update minds. */
export function loginFaults({ mode, clientId }: Login, variables: Variables): string[] {
  const needsApplication = (mode === "spn" || mode === "workloadidentity") && !clientId;
  const hasToken = variables["AZURE_FEDERATED_TOKEN_FILE"] || variables["ACTIONS_ID_TOKEN_REQUEST_URL"];
  return [
    ...(needsApplication ? [`azure.login: ${mode} needs an application, got none; export ARM_CLIENT_ID or AZURE_CLIENT_ID`] : []),
    ...(mode === "workloadidentity" && !hasToken
      ? [
          "azure.login: workloadidentity needs a token of the pipeline, got none; export AZURE_FEDERATED_TOKEN_FILE, or let the job request one (GitHub: permissions, id-token: write)",
        ]
      : []),
    ...(mode === "spn" && !hasSecret("ARM", variables) && !hasSecret("AZURE", variables)
      ? ["azure.login: spn needs a secret or a certificate, got none; export ARM_CLIENT_SECRET or ARM_CLIENT_CERTIFICATE_PATH"]
      : []),
  ];
}

/** The parts of a kubeconfig that are read. */
export interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[];
}

/** Where a cluster is. */
export interface ClusterEntry {
  readonly server: string;
  readonly "certificate-authority-data"?: string;
}

interface UserEntry {
  readonly exec?: Exec;
}

/** A program that prints a token. */
export interface Exec {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
}

/** Azure's kubeconfig, with a login that asks nobody: as it is given, it waits for a person to type a code into a browser. */
export function withLogin(kubeconfig: Kubeconfig, login: Login, tenantId: string): Kubeconfig {
  const users = (kubeconfig.users ?? []).map((entry) =>
    isKubelogin(entry.user.exec) ? { ...entry, user: { ...entry.user, exec: execOf(entry.user.exec, login, tenantId) } } : entry,
  );
  return { ...kubeconfig, users };
}

const isKubelogin = (exec: Exec | undefined): exec is Exec => /kubelogin/i.test(exec?.command ?? "");

function execOf({ command, args }: Exec, { mode, clientId, armVariables }: Login, tenantId: string): Exec & Record<string, unknown> {
  const given = (flag: string): string[] => {
    const at = (args ?? []).indexOf(flag);
    return at < 0 ? [] : [flag, args![at + 1]!];
  };
  const named = [...(clientId ? ["--client-id", clientId] : []), "--tenant-id", tenantId, ...given("--environment")];
  // The CLI may be signed in with a managed identity, and then takes no tenant; a managed identity has one tenant only.
  const own = { azurecli: [], msi: clientId ? ["--client-id", clientId] : [], spn: named, workloadidentity: named }[mode];
  return {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command,
    args: ["get-token", "--login", mode, ...given("--server-id"), ...own, ...(armVariables ? ["--use-azurerm-env-vars"] : [])],
    interactiveMode: "Never",
    provideClusterInfo: false,
  };
}
