import { loginFaults, loginFrom } from "../../lib/azure/kubeconfig";

/** What this machine is, as far as a target needs to know. */
export interface Machine {
  readonly platform: string;
  readonly uid: number | undefined;
  readonly node: string;
  /** First line that a command prints when it is asked its version; undefined: it is not on PATH, or fails. */
  readonly version: (command: string, ...args: string[]) => string | undefined;
  readonly exists: (file: string) => boolean;
  /** Versions of Pulumi's plugins that are installed, by name; with what was built here. */
  readonly plugin: (name: string) => string | undefined;
  /** Whether something is built here already. */
  readonly isBuilt: (name: string) => boolean;
  readonly freeDiskMib: number;
  readonly memoryMib: number;
  readonly env: NodeJS.ProcessEnv;
  /** Arguments by which kubectl reaches the environment's cluster. */
  readonly cluster: readonly string[];
  /** Whether a backend for state was logged in to. */
  readonly loggedIn: boolean;
}

/** One thing that a target needs. */
export interface Check {
  readonly what: string;
  readonly wanted: string;
  /** Null: nothing was found. */
  readonly found: string | null;
  readonly ok: boolean;
  readonly fix: string;
}

export type TargetName = "lab" | "local" | "kubernetes" | "azure" | "docker";

const numbers = (text: string): number[] => (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);

/** Whether a version is not older than another one, by major and minor. */
export function isAtLeast(found: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor, foundMinor] = numbers(found);
  if (foundMajor === undefined || foundMinor === undefined) return false;
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** A program whose version is known; without a bound, any is good. */
function program(found: string | undefined, what: string, fix: string, lowest?: readonly [number, number]): Check {
  const ok = found !== undefined && (!lowest || isAtLeast(found, lowest));
  return { what, wanted: lowest ? `${lowest.join(".")} or newer` : "on PATH", found: found ?? null, ok, fix };
}

const state = (what: string, ok: boolean, wanted: string, found: string, fix: string): Check => ({ what, wanted, found, ok, fix });

const install = (what: string, where: string): string => `install ${what}: ${where}`;

function go({ version }: Machine): Check {
  return program(version("go", "version"), "Go, which builds what is missing", install("Go 1.26", "https://go.dev/dl"), [1, 26]);
}

/** The user's own CLI with its Node.js host, or Go to build one, or one that was built. */
function engine(machine: Machine): Check {
  const { version, isBuilt } = machine;
  const own = version("pulumi", "version");
  const fits = own !== undefined && isAtLeast(own, [3, 200]) && version("which", "pulumi-language-nodejs") !== undefined;
  const found = fits
    ? `pulumi ${own}`
    : isBuilt("pulumi")
      ? "built by this project"
      : go(machine).ok
        ? "none; Go builds it once"
        : (own ?? null);
  return {
    what: "Pulumi",
    wanted: "3.200 or newer with its Node.js host, or Go 1.26 to build it",
    found,
    ok: fits || isBuilt("pulumi") || go(machine).ok,
    fix: install("Pulumi", "https://www.pulumi.com/docs/install"),
  };
}

/** Pulumi's plugin for a target: the user's own, or one that is built as the engine is. */
function provider(machine: Machine, name: "kubernetes" | "docker"): Check {
  const built = machine.isBuilt(`provider-${name}`) ? "built by this project" : go(machine).ok ? "none; Go builds it once" : undefined;
  const found = machine.plugin(name) ?? built;
  return {
    ...program(found, `plugin ${name}`, `pulumi plugin install resource ${name}`),
    wanted: "installed, or Go 1.26 to build it",
  };
}

function base(machine: Machine, plugin: "kubernetes" | "docker" = "kubernetes"): Check[] {
  const node = program(machine.node, "Node.js", install("Node.js 20.19 or newer", "https://nodejs.org"), [20, 19]);
  return [node, engine(machine), provider(machine, plugin)];
}

function stateOf({ env, loggedIn }: Machine): Check {
  const passphrase = env["PULUMI_CONFIG_PASSPHRASE"] || env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  const found = loggedIn ? "logged in to a backend" : passphrase ? "local state with a passphrase" : "neither";
  return state(
    "state",
    found !== "neither",
    "a backend, or a passphrase for local state",
    found,
    "pulumi login, or export PULUMI_CONFIG_PASSPHRASE",
  );
}

const plugin = ({ plugin: installed }: Machine, name: string, version: string): Check => {
  const found = installed(name);
  return {
    what: `plugin ${name}`,
    wanted: version,
    found: found ?? null,
    ok: found !== undefined && (/-v([\d.]+)$/.exec(found)?.[1] ?? version) === version,
    fix: `pulumi plugin install resource ${name} ${version}`,
  };
};

function lab(machine: Machine): Check[] {
  const { platform, uid, exists, version, freeDiskMib, memoryMib, isBuilt } = machine;
  const elsewhere = "use a Linux machine or virtual machine, or an environment on a cluster that is there";
  const disk = isBuilt("kubernetes") ? 4_000 : 18 * 1024;
  return [
    ...base(machine),
    state("system", platform === "linux", "linux", platform, elsewhere),
    state("user", uid === 0, "root", `uid ${uid}`, "run it as root: sudo -E make up"),
    state("apt-get", exists("/usr/bin/apt-get"), "there", exists("/usr/bin/apt-get") ? "there" : "not there", elsewhere),
    ...(isBuilt("kubernetes") ? [] : [go(machine)]),
    program(version("python3", "--version"), "Python", "apt-get install python3 python3-pip"),
    state(
      "disk",
      freeDiskMib >= disk,
      `${disk} MiB free`,
      `${freeDiskMib} MiB free`,
      "free some, or point XDG_CACHE_HOME at a larger disk",
    ),
    state("memory", memoryMib >= 3072, "3072 MiB available", `${memoryMib} MiB available`, "end other programs"),
  ];
}

/** Models on this machine's Docker engine. Its state holds no secret, and asks for no passphrase. */
function local(machine: Machine): Check[] {
  const client = program(
    machine.version("docker", "--version"),
    "Docker",
    install("Docker", "https://docs.docker.com/get-started/get-docker"),
  );
  const server = client.ok ? machine.version("docker", "version", "--format", "{{.Server.Version}}") : undefined;
  const answers = server === undefined ? "no answer" : `it answers (${server})`;
  return [
    ...base(machine, "docker"),
    client,
    state("Docker engine", server !== undefined, "an answer", answers, "start Docker, or choose another engine: docker context ls"),
    program(machine.version("openssl", "version"), "openssl, which makes certificates", "install OpenSSL with the system's packages"),
  ];
}

function kubernetes(machine: Machine): Check[] {
  const kubectl = program(
    machine.version("kubectl", "version", "--client"),
    "kubectl",
    install("kubectl", "https://kubernetes.io/docs/tasks/tools"),
  );
  const server = kubectl.ok ? machine.version("kubectl", "get", "--raw=/version", "--request-timeout=5s", ...machine.cluster) : undefined;
  return [
    ...base(machine),
    kubectl,
    state(
      "cluster",
      server !== undefined,
      machine.cluster.length > 0 ? `an answer (${machine.cluster.join(" ")})` : "an answer of the current context",
      server === undefined ? "no answer" : "it answers",
      "kubectl config get-contexts lists those there are; name one in the environment's file",
    ),
    stateOf(machine),
  ];
}

function azure(machine: Machine, azureNative: string): Check[] {
  const { env, version } = machine;
  const login = loginFrom(undefined, env);
  const faults = loginFaults(login, env);
  const az = program(version("az", "--version"), "az", install("the Azure CLI", "https://learn.microsoft.com/cli/azure/install-azure-cli"));
  return [
    ...base(machine),
    plugin(machine, "azure-native", azureNative),
    ...(login.mode === "azurecli" ? [az] : []),
    state(
      "login",
      faults.length === 0,
      `what ${login.mode} needs`,
      faults.length === 0 ? "given" : faults.join("; "),
      "docs/azure.md lists the logins",
    ),
    program(version("kubelogin", "--version"), "kubelogin", install("kubelogin", "https://azure.github.io/kubelogin")),
    program(version("kubectl", "version", "--client"), "kubectl", install("kubectl", "https://kubernetes.io/docs/tasks/tools")),
    stateOf(machine),
  ];
}

function docker(machine: Machine, dockerBuild: string): Check[] {
  const { version } = machine;
  const fix = install("Docker with buildx", "https://docs.docker.com/engine/install");
  return [
    program(version("docker", "--version"), "Docker", fix),
    program(version("docker", "buildx", "version"), "buildx", fix),
    plugin(machine, "docker-build", dockerBuild),
  ];
}

/** Everything that each target needs, and what of it is here. `docker` builds images for a registry on Azure, where an environment asks for that. */
export const checks = (
  machine: Machine,
  plugins: { readonly azureNative: string; readonly dockerBuild: string },
): Record<TargetName, Check[]> => ({
  lab: lab(machine),
  local: local(machine),
  kubernetes: kubernetes(machine),
  azure: azure(machine, plugins.azureNative),
  docker: docker(machine, plugins.dockerBuild),
});

/** Targets with what they lack in full; what is there in one line. */
export function doctorText(all: Readonly<Record<TargetName, readonly Check[]>>): string {
  return Object.entries(all)
    .flatMap(([target, list]) => {
      const lacks = list.filter(({ ok }) => !ok);
      const there = list.filter(({ ok }) => ok).map(({ what, found }) => `${what} (${found})`);
      return [
        `${target}: ${lacks.length === 0 ? "ready" : `lacks ${lacks.length} of ${list.length}`}`,
        ...lacks.flatMap(({ what, wanted, found, fix }) => [
          `  ! ${what}: wanted ${wanted}, found ${found ?? "nothing"}`,
          `    fix: ${fix}`,
        ]),
        ...(there.length > 0 ? [`  - ${there.join(", ")}`] : []),
      ];
    })
    .join("\n");
}
