package deployment_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/tools/deployment"
)

const functionsTF = `
locals {
  functions = {
    push = {
      entry_point     = "PushUpdate"
      called_by       = "pass-packaged"
      cpu             = "1"
      memory          = "512Mi"
      concurrency     = 20
      max_instances   = 10
      timeout_seconds = 540
      settings        = ["APNS_URL", "APNS_KEY_ID"]
      secrets         = ["apns-keys"]
      firestore       = null # for none
      publishes       = ["a"]
      reads           = ["b"]
      writes          = []
      removes         = ["c"]
    }
  }
}
locals {
  accounts = { for name, f in local.functions : name => f.secrets } # of no concern here
}
`

const routesTF = `
locals {
  routes = [
    { priority = 20, method = "GET", path = "/v1/{a=*}", function = "push" },
    { priority = 10, method = null, path = "/v1/log", function = "push" },
  ]
}
`

func read(functions, routes string) (deployment.Deployment, error) {
	return deployment.Read(fstest.MapFS{
		"functions.tf": {Data: []byte(functions)}, "routes.tf": {Data: []byte(routes)}, "broken.tf": {Data: []byte("{")},
	})
}

func TestRead(t *testing.T) {
	got, err := read(functionsTF, routesTF)
	if err != nil {
		t.Fatal(err)
	}
	want := deployment.Deployment{
		Functions: map[string]deployment.Function{"push": {
			EntryPoint: "PushUpdate", CalledBy: "pass-packaged", CPU: "1", Memory: "512Mi", Concurrency: 20, MaxInstances: 10,
			TimeoutSeconds: 540, Settings: []string{"APNS_URL", "APNS_KEY_ID"}, Secrets: []string{"apns-keys"}, Firestore: "",
			Publishes: []string{"a"}, Reads: []string{"b"}, Writes: []string{}, Removes: []string{"c"},
		}},
		Routes: []deployment.Route{
			{Priority: 10, Method: "", Path: "/v1/log", Function: "push"},
			{Priority: 20, Method: "GET", Path: "/v1/{a=*}", Function: "push"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestWhatIsMalformedIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"missing":             {`      cpu             = "1"`, ``, "functions.tf:4: push lacks cpu: add it"},
		"unknown":             {`cpu   `, `cpus   `, `functions.tf:7: push has cpus, which nothing reads: correct its name or leave it out`},
		"twice":               {`cpu `, `memory `, "functions.tf:8: push has memory twice"},
		"a number for a text": {`"512Mi"`, `512`, "functions.tf:8: push.memory is number: write a text in quotes"},
		"a text for a number": {`540`, `"540"`, "functions.tf:11: push.timeout_seconds is string: write a whole number"},
		"a fraction":          {`540`, `54.5`, "functions.tf:11: push.timeout_seconds is a fraction or too large: write a whole number"},
		"more than any int":   {`540`, `1e40`, "functions.tf:11: push.timeout_seconds is a fraction or too large"},
		"null":                {`"PushUpdate"`, `null`, "functions.tf:5: push.entry_point is null: write a"},
		"null for a number":   {`540`, `null`, "functions.tf:11: push.timeout_seconds is null: write a"},
		"null for a list":     {`["b"]`, `null`, "functions.tf:16: push.reads is no list: write [ … ]"},
		"a text for a list":   {`["b"]`, `"b"`, "functions.tf:16: push.reads is no list: write [ … ]"},
		"a number in a list":  {`["b"]`, `["b", 1]`, "functions.tf:16: push.reads is number: write a text in quotes"},
		"null in a list":      {`["b"]`, `["b", null]`, "functions.tf:16: push.reads is null: write a text"},
		"a list for a null":   {`null # for`, `[] # for`, "functions.tf:14: push.firestore is tuple: write a text in quotes"},
		"a variable":          {`"PushUpdate"`, `var.entry`, "functions.tf:5: push.entry_point is no literal (Variables not allowed): write a text"},
		"a template":          {`"PushUpdate"`, `"Push${local.entry}"`, "functions.tf:5: push.entry_point is no literal"},
		"a call":              {`["b"]`, `toset(["b"])`, "functions.tf:16: push.reads is no list: write [ … ]"},
		"a list for a map":    {"functions = {\n    push", "functions = []\n  x = {\n    push", "functions.tf:3: functions is no object: write { … }"},
		"a variable as key":   {"    push = {", "    (var.push) = {", "functions.tf:4: the name of an attribute of functions is no literal"},
		"no functions":        {`  functions =`, `  function =`, "functions.tf: no locals block sets functions: add it"},
		"functions elsewhere": {`locals {`, `module {`, "functions.tf: no locals block sets functions: add it"},
		"functions twice":     {`accounts = `, `functions = `, "functions.tf:23: functions is set a second time: leave one"},
		"no HCL":              {`"PushUpdate"`, `"PushUpdate`, "functions.tf:5,"},
		"a route's typing":    {`priority = 20`, `priority = "20"`, "routes.tf:4: route.priority is string: write a whole number"},
		"a route's path":      {`path = "/v1/log"`, `to = "/v1/log"`, "routes.tf:5: route lacks path: add it"},
		"a route too much":    {`function = "push" },`, `function = "push", x = 1 },`, "routes.tf:4: route has x, which nothing reads"},
		"no list of routes":   {`  routes = [`, "  routes = {}\n  x = [", "routes.tf:3: routes is no list: write [ … ]"},
		"no routes":           {`  routes = [`, `  route = [`, "routes.tf: no locals block sets routes: add it"},
	} {
		t.Run(name, func(t *testing.T) {
			functions, routes := strings.Replace(functionsTF, c.old, c.new, 1), strings.Replace(routesTF, c.old, c.new, 1)
			if functions == functionsTF && routes == routesTF {
				t.Fatalf("there is no %q", c.old)
			}
			got, err := read(functions, routes)
			if err == nil || !strings.Contains(err.Error(), c.want) || !reflect.DeepEqual(got, deployment.Deployment{}) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

func TestEverythingWrongIsNamedAtOnce(t *testing.T) {
	functions := strings.NewReplacer(`cpu `, `cpus `, `540`, `"540"`).Replace(functionsTF)
	_, err := read(functions, strings.Replace(routesTF, "path", "paths", 1))
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("%v\nwant five lines", err)
	}
}

func TestAFolderWithoutTheFiles(t *testing.T) {
	_, err := deployment.Read(os.DirFS(t.TempDir()))
	for _, want := range []string{"functions.tf", "routes.tf"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
