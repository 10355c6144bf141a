import path from "node:path";

import { controlGroup, files, type Network, nodeName, registryPort } from "./layout";

/** A process that the lab keeps running. */
interface Service {
  name: string;
  command: string[];
}

const pki = (file: string): string => path.join(files.pki, file);
const etc = (file: string): string => path.join(files.config, file);

/** The processes of the lab, in the order in which they start; `kubernetes` is the folder of what was built. */
export function services(net: Network, kubernetes: string): Service[] {
  return [
    {
      name: "etcd",
      command: [
        "etcd",
        "--data-dir=/var/lib/etcd",
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--log-level=warn",
      ],
    },
    { name: "kube-apiserver", command: ["kube-apiserver", ...apiServerFlags(net)] },
    {
      name: "kube-controller-manager",
      command: [
        "kube-controller-manager",
        `--kubeconfig=${etc("controller-manager.conf")}`,
        `--authentication-kubeconfig=${etc("controller-manager.conf")}`,
        `--authorization-kubeconfig=${etc("controller-manager.conf")}`,
        "--leader-elect=false",
        `--service-account-private-key-file=${pki("sa.key")}`,
        `--root-ca-file=${pki("ca.crt")}`,
        "--use-service-account-credentials",
        "--bind-address=127.0.0.1",
      ],
    },
    {
      name: "kube-scheduler",
      command: [
        "kube-scheduler",
        `--kubeconfig=${etc("scheduler.conf")}`,
        `--authentication-kubeconfig=${etc("scheduler.conf")}`,
        `--authorization-kubeconfig=${etc("scheduler.conf")}`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
      ],
    },
    { name: "containerd", command: ["containerd", "--config", etc("containerd.toml")] },
    {
      name: "kubelet",
      command: [
        "kubelet",
        `--config=${etc("kubelet.yaml")}`,
        `--kubeconfig=${etc("kubelet.conf")}`,
        `--node-ip=${net.node}`,
        `--hostname-override=${nodeName}`,
        "--node-labels=agentpool=system,kubernetes.azure.com/mode=system",
      ],
    },
    { name: "kube-proxy", command: ["kube-proxy", `--config=${etc("kube-proxy.yaml")}`] },
    {
      name: "kube-router",
      command: [
        "kube-router",
        `--kubeconfig=${files.admin}`,
        `--hostname-override=${nodeName}`,
        "--run-router=false",
        "--run-firewall=true",
        "--run-service-proxy=false",
        "--run-loadbalancer=false",
        `--service-cluster-ip-range=${net.services}`,
        "--v=1",
      ],
    },
    { name: "registry", command: ["docker-registry", "serve", etc("registry.yaml")] },
    {
      name: "kwok",
      command: [
        "kwok",
        `--kubeconfig=${files.admin}`,
        `--config=${path.join(kubernetes, "kwok-stages.yaml")}`,
        "--manage-all-nodes=false",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--node-lease-duration-seconds=40",
      ],
    },
    { name: "provisioner", command: ["provisioner", `--kubeconfig=${files.admin}`, "--root=/var/lib/volumes", "--name=slm-stack/folder"] },
  ];
}

function apiServerFlags(net: Network): string[] {
  return [
    `--advertise-address=${net.node}`,
    "--bind-address=0.0.0.0",
    "--etcd-servers=http://127.0.0.1:2379",
    `--service-cluster-ip-range=${net.services}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--client-ca-file=${pki("ca.crt")}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`,
    `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${pki("sa.pub")}`,
    `--service-account-signing-key-file=${pki("sa.key")}`,
    `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
    `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
  ];
}

/** Configuration of the process supervisor. A service that ends is started again, for ever. */
export function supervisorConfig(net: Network, kubernetes: string, environment: Record<string, string>): string {
  const programs = services(net, kubernetes).map(({ name, command }, index) =>
    [
      `[program:${name}]`,
      `command=${command.join(" ")}`,
      `priority=${index}`,
      "autorestart=true",
      "startretries=1000000",
      "startsecs=1",
      "stopasgroup=true",
      "killasgroup=true",
      "redirect_stderr=true",
      `stdout_logfile=/var/log/${name}.log`,
      "stdout_logfile_maxbytes=20MB",
      "stdout_logfile_backups=1",
    ].join("\n"),
  );
  const variables = Object.entries(environment).map(([name, value]) => `${name}="${value}"`);
  return [
    `[supervisord]\nlogfile=/var/log/supervisord.log\npidfile=/run/supervisord.pid\nminfds=8192\nenvironment=${variables.join(",")}`,
    `[unix_http_server]\nfile=${files.supervisorSocket}\nchmod=0700`,
    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    `[supervisorctl]\nserverurl=unix://${files.supervisorSocket}`,
    ...programs,
  ].join("\n\n");
}

/** kubeadm's configuration: it makes the certificates and the kubeconfigs, and nothing else here. */
export const kubeadmConfig = (net: Network): object => ({
  apiVersion: "kubeadm.k8s.io/v1beta4",
  kind: "ClusterConfiguration",
  kubernetesVersion: "v1.37.2",
  certificatesDir: files.pki,
  controlPlaneEndpoint: `${net.node}:6443`,
  networking: { serviceSubnet: net.services, podSubnet: net.pods, dnsDomain: "cluster.local" },
  apiServer: { certSANs: [net.node, net.apiService, "127.0.0.1"] },
});

export const kubeadmInit = (net: Network): object => ({
  apiVersion: "kubeadm.k8s.io/v1beta4",
  kind: "InitConfiguration",
  localAPIEndpoint: { advertiseAddress: net.node, bindPort: 6443 },
  nodeRegistration: { name: nodeName, criSocket: "unix:///run/containerd/containerd.sock" },
});

export const kubeletConfig = (net: Network): object => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pki("ca.crt") } },
  authorization: { mode: "Webhook" },
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${controlGroup}`,
  failCgroupV1: false,
  failSwapOn: false,
  localStorageCapacityIsolation: true,
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  clusterDNS: [net.dns],
  clusterDomain: "cluster.local",
  resolvConf: etc("resolv.conf"),
  // A developer's disk is often nearly full: the lab must not evict its pods for that.
  evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
  imageGCHighThresholdPercent: 100,
  serializeImagePulls: false,
});

export const kubeProxyConfig = (net: Network): object => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "iptables",
  clusterCIDR: net.pods,
  hostnameOverride: nodeName,
  clientConnection: { kubeconfig: etc("kube-proxy.conf") },
  conntrack: { maxPerCore: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
});

export const registryConfig = (net: Network): object => ({
  version: "0.1",
  log: { level: "warn", accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: "/var/lib/registry" }, delete: { enabled: true } },
  http: { addr: `${net.node}:${registryPort}` },
});

/** containerd with its own root, state and socket, pulling from the lab's registry only, as `registryHosts` says. */
export const containerdConfig = (cniPlugins: string, pauseImage: string): string => `version = 3
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.cri.v1.images"]
  discard_unpacked_layers = true # the registry, on the same disk, has them
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${pauseImage}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "${etc("registries")}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${cniPlugins}"]
    conf_dir = "${etc("cni")}"
`;

/** The file `hosts.toml` of the lab's registry, which speaks no TLS. */
export const registryHosts = (net: Network): string => `server = "http://${net.node}:${registryPort}"\n`;

export const cniConfig = (net: Network): object => ({
  cniVersion: "0.4.0",
  name: "lab",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: net.pods, gateway: net.podGateway }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});
