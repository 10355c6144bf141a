/** An image as its name is read by Docker: the registry, and what it is called there. */
export interface Reference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const form = /^(?<name>[a-z0-9._/:-]+?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/i;

/** The parts of an image's name; undefined: it is none. A name without a host is Docker Hub's, and one word there is an official image. */
export function referenceOf(image: string): Reference | undefined {
  const { name, tag, digest } = form.exec(image)?.groups ?? {};
  if (!name) return undefined;
  const [first = "", ...rest] = name.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const [host, repository] = hasHost ? [first, rest.join("/")] : ["docker.io", name];
  if (!/^[a-z0-9]+((\/|[._]|__|-+)[a-z0-9]+)*$/.test(repository)) return undefined;
  const official = host === "docker.io" && !repository.includes("/");
  return { host, repository: official ? `library/${repository}` : repository, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** The name that the images file has for a tag and its digest. */
export const pinned = ({ host, repository, tag }: Reference, digest: string): string =>
  `${host}/${repository}${tag ? `:${tag}` : ""}@${digest}`;
