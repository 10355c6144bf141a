import * as pulumi from "@pulumi/pulumi";

import { ownerAnnotation } from "../lib/ownership";

/** Types whose resources are one Kubernetes object each. */
const oneObject = /^kubernetes:(?!helm|yaml|kustomize)/;

type Metadata = { readonly annotations?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>> };

/** The stack that runs, as its objects name it. */
export const ownOwner = (): string => `${pulumi.getProject()}/${pulumi.getStack()}`;

/** Has every Kubernetes object name the stack that makes it: after an interrupted run, what is there is distinguished from what others made. */
export const naming =
  (owner: string): pulumi.ResourceTransformation =>
  ({ type, props, opts }) =>
    oneObject.test(type) ? { props: { ...props, metadata: owned(props["metadata"], owner) }, opts } : undefined;

function owned(metadata: pulumi.Input<Metadata> | undefined, owner: string): pulumi.Input<Metadata> {
  return changed(metadata ?? {}, (given: Metadata) => ({
    ...given,
    annotations: changed(given.annotations ?? {}, (annotations: object) => ({ ...annotations, [ownerAnnotation]: owner })),
  }));
}

/** What is plain stays plain. */
const changed = <T extends object, R>(value: pulumi.Input<T>, change: (value: T) => R): pulumi.Input<R> =>
  pulumi.Output.isInstance(value) || value instanceof Promise
    ? pulumi.output(value).apply((known) => change(known as T))
    : change(value as T);
