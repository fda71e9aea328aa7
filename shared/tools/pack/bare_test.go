package main

import (
	"archive/zip"
	"bytes"
	"context"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/template"

	"walletpasses.example/server/shared/tools/buildpack"
)

// googles are the clients of Google's that packages of shared/gcp have: what to import for each, and how it is opened at the
// first request. The client of KMS is opened only where a key is in KMS.
var googles = map[string]struct {
	Imports []string
	Open    string
}{
	"store": {
		[]string{`firestore "cloud.google.com/go/firestore/apiv1"`, `"google.golang.org/api/option"`, `"google.golang.org/grpc"`, `"google.golang.org/grpc/credentials/insecure"`, `"os"`},
		`connection, err := grpc.NewClient("passthrough:///"+os.Getenv("FIRESTORE_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return err
		}
		_, err = firestore.NewClient(ctx, option.WithGRPCConn(connection))
		return err`,
	},
	"events":    {[]string{`"cloud.google.com/go/pubsub/v2"`}, `client, err := pubsub.NewClient(ctx, "my-project-123"); client.Publisher("topic"); return err`},
	"bucket":    {[]string{`"cloud.google.com/go/storage"`}, `_, err := storage.NewClient(ctx, storage.WithJSONReads()); return err`},
	"templates": {[]string{`"cloud.google.com/go/storage"`}, `_, err := storage.NewClient(ctx, storage.WithJSONReads()); return err`},
	"kms":       {[]string{`kms "cloud.google.com/go/kms/apiv1"`}, `_ = kms.NewKeyManagementClient; return nil`},
}

// bare is a function that does nothing, with such clients.
var bare = template.Must(template.New("bare").Parse(`package function

import (
	"context"
	"net/http"
	"sync"
{{range .Imports}}
	{{.}}{{end}}

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

var open = sync.OnceFunc(func() {
	for _, open := range []func(context.Context) error{
{{range .Open}}		func(ctx context.Context) error {
			{{.}}
		},
{{end}}	} {
		if err := open(context.Background()); err != nil {
			panic(err)
		}
	}
})

func init() { functions.HTTP("Bare", func(http.ResponseWriter, *http.Request) { open() }) }
`))

// clients returns the packages of shared/gcp with a client that a function imports, sorted.
func clients(t testing.TB, function string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository, "functions", function, "function.go"), nil, parser.ImportsOnly)
	check(t, err)
	var names []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		check(t, err)
		if _, ok := googles[path.Base(imported)]; ok && strings.HasSuffix(path.Dir(imported), "/shared/gcp") {
			names = append(names, path.Base(imported))
		}
	}
	slices.Sort(names)
	return names
}

// bareExecutable returns the program that a bare function with some clients becomes, built like the others.
func bareExecutable(t testing.TB, clients []string) string {
	t.Helper()
	name := strings.Join(append([]string{"bare"}, clients...), "-")
	once, _ := builds.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		source, err := bareSource(clients)
		if err != nil {
			return "", err
		}
		file := filepath.Join(executables, name)
		return file, buildpack.Build(context.Background(), source, file)
	}))
	file, err := once.(func() (string, error))()
	check(t, err)
	return file
}

// bareSource is the source zip of a bare function.
func bareSource(clients []string) ([]byte, error) {
	var parts struct{ Imports, Open []string }
	imports := make(map[string]bool)
	for _, client := range clients {
		for _, imported := range googles[client].Imports {
			imports[imported] = true
		}
		parts.Open = append(parts.Open, googles[client].Open)
	}
	parts.Imports = slices.Sorted(maps.Keys(imports))
	var function bytes.Buffer
	if err := bare.Execute(&function, parts); err != nil {
		return nil, err
	}
	files := map[string][]byte{"function.go": function.Bytes()}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	var source bytes.Buffer
	w := zip.NewWriter(&source)
	for name, text := range files {
		entry, err := w.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(text); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return source.Bytes(), err
}
