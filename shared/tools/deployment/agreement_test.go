package deployment_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/webservice"
)

var root = filepath.Join("..", "..", "..")

// deployed reads the deployment of this repository.
func deployed(t *testing.T) deployment.Deployment {
	t.Helper()
	d, err := deployment.Read(os.DirFS(filepath.Join(root, "terraform")))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEachFolderIsDeployedAsTheEntryPointItRegisters(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "functions", "*", "function.go"))
	if err != nil {
		t.Fatal(err)
	}
	registers := make(map[string]string)
	entryPoint := regexp.MustCompile(`\bgcp\.(?:HTTP|Messages|DocumentWrites)\("(\w+)"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := entryPoint.FindSubmatch(text); m != nil {
			registers[filepath.Base(filepath.Dir(file))] = string(m[1])
		}
	}
	deploys := make(map[string]string)
	for name, f := range deployed(t).Functions {
		deploys[name] = f.EntryPoint
	}
	if !maps.Equal(registers, deploys) {
		t.Errorf("functions/ registers\n%v\nterraform/functions.tf deploys\n%v", registers, deploys)
	}
}

func TestTheNumbersOfEachFunctionArePossible(t *testing.T) {
	for name, f := range deployed(t).Functions {
		if f.CPU == "" || f.Memory == "" || f.Concurrency < 1 || f.MaxInstances < 1 || f.TimeoutSeconds < 1 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// endpoints is what each function behind the balancer answers. The function install answers wrong methods itself; those of
// Apple's endpoints go to web, like everything else.
var endpoints = map[string]webservice.Route{
	"register": webservice.RegisterDevice, "unregister": webservice.UnregisterDevice, "updatable": webservice.ListUpdatablePasses,
	"latest": webservice.LatestPass, "personalize": webservice.PersonalizePass, "devicelog": webservice.LogMessages, "install": {Path: webservice.InstallPass.Path},
}

func TestEachRouteIsAnEndpointOfItsFunction(t *testing.T) {
	d := deployed(t)
	routed := make(map[string]bool)
	for _, r := range d.Routes {
		if _, exists := d.Functions[r.Function]; !exists {
			t.Errorf("%s goes to %s, which is no function", r.Path, r.Function)
		}
		if got, want := (webservice.Route{Method: r.Method, Path: plain(t, r.Path)}), unnamed(endpoints[r.Function]); got != want {
			t.Errorf("%s gets %v, want %v", r.Function, got, want)
		}
		routed[r.Function] = true
	}
	if got, want := slices.Sorted(maps.Keys(routed)), slices.Sorted(maps.Keys(endpoints)); !slices.Equal(got, want) {
		t.Errorf("there are routes to %v, want to %v", got, want)
	}
}

// plain writes a path template with {} for each segment that may be anything.
func plain(t *testing.T, template string) string {
	t.Helper()
	var names []string
	path := regexp.MustCompile(`\{(\w+)=\*\}`).ReplaceAllStringFunc(template, func(variable string) string {
		names = append(names, variable)
		return "{}"
	})
	if left := strings.ReplaceAll(path, "{}", ""); strings.ContainsAny(left, "{}*=") {
		t.Errorf("%s has a variable that is not one segment, {name=*}", template)
	}
	if slices.Sort(names); len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%s uses a name twice", template)
	}
	return path
}

// unnamed writes a route's path likewise.
func unnamed(r webservice.Route) webservice.Route {
	return webservice.Route{Method: r.Method, Path: regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r.Path, "{}")}
}

func TestPrioritiesOfRoutesAreUnique(t *testing.T) {
	seen := make(map[int]string)
	for _, r := range deployed(t).Routes {
		if other, taken := seen[r.Priority]; taken || r.Priority < 0 {
			t.Errorf("%s and %s both have priority %d", other, r.Path, r.Priority)
		}
		seen[r.Priority] = r.Path
	}
}
