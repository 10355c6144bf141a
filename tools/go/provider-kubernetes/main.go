// Command pulumi-resource-kubernetes is the Kubernetes provider of Pulumi, built from its Go module.
//
// The schema and the mapping are data files of that module: the build copies them beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by the linker to the version of the npm SDK that the provider serves.
var version = "0.0.0"

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
