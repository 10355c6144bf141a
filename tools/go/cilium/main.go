// Command cilium reads a JSON list of CiliumNetworkPolicies from standard input and lets Cilium's own parser judge each: an unknown field, or
// what Cilium would refuse, is printed, and the command ends with 1.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/cilium/cilium/pkg/fqdn/re"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
)

// How many patterns of names Cilium keeps compiled; the parser asks for some room.
const patterns = 16

func main() {
	if err := re.InitRegexCompileLRU(slog.Default(), patterns); err != nil {
		fail(err)
	}
	var policies []v2.CiliumNetworkPolicy
	input := json.NewDecoder(os.Stdin)
	input.DisallowUnknownFields()
	if err := input.Decode(&policies); err != nil {
		fail(err)
	}
	refused := false
	for _, policy := range policies {
		if _, err := policy.Parse(slog.Default(), ""); err != nil {
			fmt.Printf("%s: %v\n", policy.Name, err)
			refused = true
		}
	}
	if refused {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Println(err)
	os.Exit(1)
}
