//go:build tools

// Package tools names what is built from other modules as it is.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
