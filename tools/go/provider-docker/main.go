// Command pulumi-resource-docker is the Docker provider of Pulumi: the Terraform provider for Docker behind Pulumi's own bridge.
//
// With --schema it prints its package schema. The build runs that once, and embeds what it printed in the plugin.
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	docker "github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set by the linker to the version of the npm SDK that the provider serves.
var version = "0.0.0"

//go:embed schema.json
var schema []byte

// Names that the npm SDK does not take over from Terraform.
var otherNames = map[string]string{"docker_config": "ServiceConfig", "docker_image": "RemoteImage"}

func main() {
	info := provider()
	if len(os.Args) == 2 && os.Args[1] == "--schema" {
		if err := printSchema(info); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	tfbridge.Main("docker", version, info, schema)
}

func printSchema(info tfbridge.ProviderInfo) error {
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(info, sink)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(spec)
}

func provider() tfbridge.ProviderInfo {
	upstream := sdkv2.NewProvider(docker.New(version)())
	info := tfbridge.ProviderInfo{
		P: upstream, Name: "docker", Version: version, DisplayName: "Docker", License: "Apache-2.0", GitHubOrg: "kreuzwerker",
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
		Config:      map[string]*tfbridge.SchemaInfo{"registry_auth": {Name: "registryAuth"}},
	}
	upstream.ResourcesMap().Range(func(key string, _ shim.Resource) bool {
		info.Resources[key] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(pascal(key)))}
		return true
	})
	upstream.DataSourcesMap().Range(func(key string, _ shim.Resource) bool {
		name := "get" + pascal(key)
		if key == "docker_logs" {
			name = "getLogs"
		}
		info.DataSources[key] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(name))}
		return true
	})
	// Two names that the SDK keeps in the singular.
	info.Resources["docker_container"].Fields = map[string]*tfbridge.SchemaInfo{
		"command": {Name: "command"}, "networks_advanced": {Name: "networksAdvanced"},
	}
	info.SetAutonaming(255, "-")
	delete(info.Resources["docker_image"].Fields, "name") // says what is pulled: it is no name to choose
	return info
}

func token(name string) string {
	return fmt.Sprintf("docker:index/%s:%s", strings.ToLower(name[:1])+name[1:], name)
}

// pascal turns docker_registry_image into RegistryImage.
func pascal(key string) string {
	if name, ok := otherNames[key]; ok {
		return name
	}
	var name strings.Builder
	for _, part := range strings.Split(strings.TrimPrefix(key, "docker_"), "_") {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}
