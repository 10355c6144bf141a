/** Annotation by which a Kubernetes object names the stack that made it: `slm/prod`, project and stack. Only such an object is taken up again after an interrupted run. */
export const ownerAnnotation = "slm-stack/stack";
