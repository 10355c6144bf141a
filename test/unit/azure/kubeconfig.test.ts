import { describe, expect, it } from "vitest";

import { type Kubeconfig, type Login, loginFaults, loginFrom, withLogin } from "../../../lib/azure/kubeconfig";

const tenant = "33333333-3333-4333-8333-333333333333";
const server = "6dae42f8-4368-4678-94ff-3960e28e3630";

/** As Azure gives it to a user of a cluster with Entra ID. */
const given: Kubeconfig & Record<string, unknown> = {
  apiVersion: "v1",
  kind: "Config",
  "current-context": "aks",
  clusters: [{ name: "aks", cluster: { server: "https://aks.example:443", "certificate-authority-data": "Q0E=" } }],
  users: [
    {
      name: "user",
      user: {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1beta1",
          command: "kubelogin",
          args: [
            "get-token",
            "--environment",
            "AzureChinaCloud",
            "--server-id",
            server,
            "--client-id",
            "c",
            "--tenant-id",
            "t",
            "--login",
            "devicecode",
          ],
        },
      },
    },
  ],
};

const execOf = (login: Login, kubeconfig = given) => withLogin(kubeconfig, login, tenant).users![0]!.user.exec!;
const id = ["--server-id", server];

describe("Azure's kubeconfig", () => {
  it.each<[Login, string[]]>([
    [{ mode: "azurecli" }, ["--login", "azurecli", ...id]],
    [{ mode: "msi" }, ["--login", "msi", ...id]],
    [{ mode: "msi", clientId: "app" }, ["--login", "msi", ...id, "--client-id", "app"]],
    [
      { mode: "workloadidentity", clientId: "app" },
      ["--login", "workloadidentity", ...id, "--client-id", "app", "--tenant-id", tenant, "--environment", "AzureChinaCloud"],
    ],
    [
      { mode: "spn", clientId: "app" },
      ["--login", "spn", ...id, "--client-id", "app", "--tenant-id", tenant, "--environment", "AzureChinaCloud"],
    ],
    [
      { mode: "spn", clientId: "app", armVariables: true },
      ["--login", "spn", ...id, "--client-id", "app", "--tenant-id", tenant, "--environment", "AzureChinaCloud", "--use-azurerm-env-vars"],
    ],
  ])("with %j asks nobody for a code", (login, args) => {
    expect(execOf(login)).toEqual({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "kubelogin",
      args: ["get-token", ...args],
      interactiveMode: "Never",
      provideClusterInfo: false,
    });
  });

  it("is the same in all else, and says nothing that it was not given", () => {
    const { users: _, ...rest } = given;
    expect(withLogin(given, { mode: "azurecli" }, tenant)).toMatchObject(rest);
    const bare = { users: [{ name: "user", user: { exec: { command: "kubelogin", args: null } } }] };
    expect(execOf({ mode: "azurecli" }, bare).args).toEqual(["get-token", "--login", "azurecli"]);
  });

  it("of a cluster that is entered in another way stays as it is", () => {
    const others = {
      users: [
        { name: "cert", user: { "client-key-data": "x" } },
        { name: "gke", user: { exec: { command: "gke-gcloud" } } },
      ],
    };
    expect(withLogin(others as Kubeconfig, { mode: "azurecli" }, tenant)).toEqual(others);
    expect(withLogin({}, { mode: "azurecli" }, tenant)).toEqual({ users: [] });
  });
});

describe("a login", () => {
  it.each<[string, Parameters<typeof loginFrom>, Login]>([
    ["a person's session where no variable says otherwise", [undefined, { HOME: "/" }], { mode: "azurecli" }],
    ["a managed identity", [undefined, { ARM_USE_MSI: "true" }], { mode: "msi" }],
    ["a managed identity of its own", [undefined, { ARM_USE_MSI: "1", ARM_CLIENT_ID: "app" }], { mode: "msi", clientId: "app" }],
    ["a pipeline's token", [undefined, { ARM_USE_OIDC: "True", ARM_CLIENT_ID: "app" }], { mode: "workloadidentity", clientId: "app" }],
    [
      "a pod's token",
      [undefined, { AZURE_FEDERATED_TOKEN_FILE: "/token", AZURE_CLIENT_ID: "app" }],
      { mode: "workloadidentity", clientId: "app" },
    ],
    ["a secret under Azure's name", [undefined, { AZURE_CLIENT_SECRET: "s", AZURE_CLIENT_ID: "app" }], { mode: "spn", clientId: "app" }],
    [
      "a certificate under azure-native's name, which kubelogin reads when asked to",
      [undefined, { ARM_CLIENT_CERTIFICATE_PATH: "/c", ARM_CLIENT_ID: "app" }],
      { mode: "spn", clientId: "app", armVariables: true },
    ],
    [
      "a secret under both names",
      [undefined, { ARM_CLIENT_SECRET: "s", AZURE_CLIENT_SECRET: "s", ARM_CLIENT_ID: "arm", AZURE_CLIENT_ID: "azure" }],
      { mode: "spn", clientId: "arm" },
    ],
    [
      "what the environment names, whatever the variables say",
      ["azurecli", { ARM_USE_MSI: "true", ARM_CLIENT_ID: "app" }],
      { mode: "azurecli" },
    ],
    ["no managed identity where that is switched off", [undefined, { ARM_USE_MSI: "false" }], { mode: "azurecli" }],
  ])("is by %s", (_, [named, variables], login) => expect(loginFrom(named, variables)).toEqual(login));

  const application = (mode: string): string =>
    `azure.login: ${mode} needs an application, got none; export ARM_CLIENT_ID or AZURE_CLIENT_ID`;
  const token =
    "azure.login: workloadidentity needs a token of the pipeline, got none; export AZURE_FEDERATED_TOKEN_FILE, or let the job request one (GitHub: permissions, id-token: write)";
  const secret = "azure.login: spn needs a secret or a certificate, got none; export ARM_CLIENT_SECRET or ARM_CLIENT_CERTIFICATE_PATH";

  it.each<[Login, Record<string, string>, string[]]>([
    [{ mode: "azurecli" }, {}, []],
    [{ mode: "msi" }, {}, []],
    [{ mode: "workloadidentity" }, {}, [application("workloadidentity"), token]],
    [{ mode: "workloadidentity", clientId: "app" }, { AZURE_FEDERATED_TOKEN_FILE: "/token" }, []],
    [{ mode: "workloadidentity", clientId: "app" }, { ACTIONS_ID_TOKEN_REQUEST_URL: "https://token" }, []],
    [{ mode: "spn" }, {}, [application("spn"), secret]],
    [{ mode: "spn", clientId: "app" }, { AZURE_CLIENT_SECRET: "s" }, []],
    [{ mode: "spn", clientId: "app" }, { ARM_CLIENT_CERTIFICATE_PATH: "/c" }, []],
  ])("%j with %j lacks %j", (login, variables, faults) => expect(loginFaults(login, variables)).toEqual(faults));
});
