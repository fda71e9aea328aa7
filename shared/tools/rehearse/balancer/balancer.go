// Package balancer stands where the load balancer stands: it chooses a backend by method and path.
package balancer

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"walletpasses.example/server/shared/tools/deployment"
)

// A Balancer passes each request, as it came, to the backend of the first route that matches, or to the default one.
type Balancer struct {
	rules     []rule
	otherwise http.Handler
}

// A rule is a route that was read.
type rule struct {
	method  string // empty for every one
	path    *regexp.Regexp
	backend http.Handler
}

// New reads the routes, which are tried in this order. Backends are named as in the routes; otherwise takes what no route
// matches.
func New(routes []deployment.Route, backends map[string]http.Handler, otherwise http.Handler) (*Balancer, error) {
	b := &Balancer{otherwise: otherwise}
	for _, route := range routes {
		path, err := pathTemplate(route.Path)
		if err != nil {
			return nil, fmt.Errorf("route %d: %w", route.Priority, err)
		}
		backend, ok := backends[route.Function]
		if !ok {
			return nil, fmt.Errorf("route %d: there is no function %q", route.Priority, route.Function)
		}
		b.rules = append(b.rules, rule{route.Method, path, backend})
	}
	return b, nil
}

// ServeHTTP implements [http.Handler]. Like the original, it looks at the path as it was sent, and never redirects.
func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, rule := range b.rules {
		if (rule.method == "" || rule.method == r.Method) && rule.path.MatchString(r.URL.EscapedPath()) {
			rule.backend.ServeHTTP(w, r)
			return
		}
	}
	b.otherwise.ServeHTTP(w, r)
}

var (
	segment  = regexp.MustCompile(`^[A-Za-z0-9._~%!$&'()+,;:@=-]+$`)
	variable = regexp.MustCompile(`^(?:\*|\{[a-z][a-z0-9_]*=\*\})$`)
)

// pathTemplate reads the part of the language of path templates that stands for whole segments: text, * and {name=*}.
// https://cloud.google.com/load-balancing/docs/https/traffic-management-global#path-template
func pathTemplate(template string) (*regexp.Regexp, error) {
	segments, ok := strings.CutPrefix(template, "/")
	if !ok {
		return nil, fmt.Errorf("path template %q does not begin with a slash", template)
	}
	var pattern strings.Builder
	pattern.WriteString("^")
	for part := range strings.SplitSeq(segments, "/") {
		switch {
		case variable.MatchString(part):
			pattern.WriteString("/[^/]+")
		case segment.MatchString(part):
			pattern.WriteString("/" + regexp.QuoteMeta(part))
		default:
			return nil, fmt.Errorf("path template %q: %q is neither text nor {name=*}", template, part)
		}
	}
	return regexp.Compile(pattern.String() + "$")
}
