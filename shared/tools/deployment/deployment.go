// Package deployment reads which functions are deployed, what each is given, and what the balancer sends to it, from the
// Terraform configuration that says so: the literals locals.functions of functions.tf and locals.routes of routes.tf. Tests
// and tools compare the code with it and run what it lists; nothing that is deployed imports it.
package deployment

import (
	"cmp"
	"io/fs"
	"slices"
)

// A Deployment is the deployed functions and the balancer in front of them.
type Deployment struct {
	Functions map[string]Function // by the function's name, which is its folder in functions/
	Routes    []Route             // in the order in which the balancer tries them
}

// A Function is one deployed function and what it is given.
type Function struct {
	EntryPoint     string   // the name it registers, given to it as FUNCTION_TARGET
	CalledBy       string   // devices, browsers, issuers, firestore, scheduler, or the topic that feeds it
	CPU            string   // of one instance, in the notation of Kubernetes: "1" is one core
	Memory         string   // of one instance, in the notation of Kubernetes: "512Mi" is 512 MiB
	Concurrency    int      // requests that one instance works on at once
	MaxInstances   int      // instances at once
	TimeoutSeconds int      // for one request
	Settings       []string // environment variables it is given
	Secrets        []string // what is mounted: token-keys, certificates (no keys), signing-keys, apns-keys
	Firestore      string   // what it may do there: viewer, user, or empty for nothing
	Publishes      []string // topics, by short name, it may publish on
	Reads          []string // buckets it may read: packages, templates
	Writes         []string // buckets it may create objects in
	Removes        []string // buckets it may list and remove objects of
}

// A Route says what the balancer sends to a function. What no route matches goes to the function web.
// https://cloud.google.com/load-balancing/docs/https/traffic-management-global
type Route struct {
	Priority int    // the lowest is tried first
	Method   string // empty for every method
	Path     string // a path template, in which {name=*} stands for one segment
	Function string // the function's name
}

// Read reads functions.tf and routes.tf in folder. The error names each place, as file:line, that is not as this package
// expects it: an attribute missing, unknown, given twice, of another type, or not a literal.
func Read(folder fs.FS) (Deployment, error) {
	var p problems
	functions := p.local(folder, "functions.tf", "functions")
	routes := p.local(folder, "routes.tf", "routes")
	if err := p.err(); err != nil {
		return Deployment{}, err
	}
	d := Deployment{Functions: make(map[string]Function)}
	all := p.object("functions", functions)
	for _, name := range all.names() {
		d.Functions[name] = readFunction(p.object(name, all.take(name)))
	}
	for _, route := range p.list("routes", routes) {
		d.Routes = append(d.Routes, readRoute(p.object("route", route)))
	}
	if err := p.err(); err != nil {
		return Deployment{}, err
	}
	slices.SortStableFunc(d.Routes, func(a, b Route) int { return cmp.Compare(a.Priority, b.Priority) })
	return d, nil
}

func readFunction(o object) Function {
	defer o.end()
	return Function{
		EntryPoint:     o.text("entry_point"),
		CalledBy:       o.text("called_by"),
		CPU:            o.text("cpu"),
		Memory:         o.text("memory"),
		Concurrency:    o.number("concurrency"),
		MaxInstances:   o.number("max_instances"),
		TimeoutSeconds: o.number("timeout_seconds"),
		Settings:       o.texts("settings"),
		Secrets:        o.texts("secrets"),
		Firestore:      o.textOrNull("firestore"),
		Publishes:      o.texts("publishes"),
		Reads:          o.texts("reads"),
		Writes:         o.texts("writes"),
		Removes:        o.texts("removes"),
	}
}

func readRoute(o object) Route {
	defer o.end()
	return Route{
		Priority: o.number("priority"),
		Method:   o.textOrNull("method"),
		Path:     o.text("path"),
		Function: o.text("function"),
	}
}
