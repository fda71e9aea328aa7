package functions_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/deployment"
)

// deployed returns the functions of ../terraform/functions.tf.
func deployed(t *testing.T) map[string]deployment.Function {
	t.Helper()
	d, err := deployment.Read(os.DirFS("../terraform"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Functions) < 12 {
		t.Fatalf("only %d functions found", len(d.Functions))
	}
	return d.Functions
}

// eachFunction runs a test for each deployed function with what its function.go uses and imports.
func eachFunction(t *testing.T, test func(t *testing.T, f deployment.Function, u uses, imports []string)) {
	for name, f := range deployed(t) {
		t.Run(name, func(t *testing.T) {
			file := parse(t, filepath.Join(name, "function.go"))
			var imports []string
			for _, spec := range file.Imports {
				imported, _ := text(spec.Path)
				imports = append(imports, strings.TrimPrefix(imported, module))
			}
			test(t, f, usesOf(file, false), imports)
		})
	}
}

// fits reports two statements that must be both true or both false.
func fits(t *testing.T, given bool, what string, needed bool, why string) {
	t.Helper()
	switch {
	case given && !needed:
		t.Errorf("it is given %s, but not: %s", what, why)
	case needed && !given:
		t.Errorf("it is not given %s, but: %s", what, why)
	}
}

// Each variable that the code reads is set, and none that it does not read.
func TestAFunctionIsGivenTheSettingsItReads(t *testing.T) {
	declarations := declarationsOfGCP(t)
	eachFunction(t, func(t *testing.T, f deployment.Function, u uses, _ []string) {
		read := settingsRead(u, declarations)
		if given := slices.Sorted(slices.Values(f.Settings)); !slices.Equal(given, read) {
			t.Errorf("it is given %v\nand reads    %v", given, read)
		}
	})
}

// The settings of all functions together are all that the environment knows: the reader of sources misses none.
func TestEverySettingIsReadBySomeFunction(t *testing.T) {
	known := make(map[string]bool)
	for _, u := range declarationsOfGCP(t) {
		maps.Copy(known, u.variables)
	}
	for _, f := range deployed(t) {
		for _, name := range f.Settings {
			delete(known, name)
		}
	}
	delete(known, "FUNCTION_TARGET")
	if len(known) > 0 {
		t.Errorf("no function reads %v", slices.Sorted(maps.Keys(known)))
	}
}

// What is mounted is what a setting leads to, and private keys are mounted only where they are used.
func TestSecretsFitSettings(t *testing.T) {
	eachFunction(t, func(t *testing.T, f deployment.Function, u uses, _ []string) {
		secret := func(name string) bool { return slices.Contains(f.Secrets, name) }
		set := func(name string) bool { return slices.Contains(f.Settings, name) }
		fits(t, secret("token-keys"), "token-keys", set("TOKEN_KEYS_DIR"), "it has TOKEN_KEYS_DIR")
		fits(t, secret("apns-keys"), "apns-keys", set("APNS_KEY_FILE"), "it has APNS_KEY_FILE")
		fits(t, secret("certificates") || secret("signing-keys") || secret("apns-keys"), "certificates",
			set("CERTIFICATES_DIR"), "it has CERTIFICATES_DIR")
		fits(t, secret("signing-keys") || secret("apns-keys"), "private keys",
			u.names["pkpass.ReadIdentities"], "it reads identities")
		fits(t, secret("signing-keys"), "signing-keys", u.names["pkpass.NewSigner"] || u.names["pkpass.NewTokenSigner"], "it signs")
	})
}

func TestGrantsFitSettings(t *testing.T) {
	eachFunction(t, func(t *testing.T, f deployment.Function, _ uses, _ []string) {
		set := func(name string) bool { return slices.Contains(f.Settings, name) }
		for _, topic := range []string{"pass-changed", "pass-packaged", "pass-personalized"} {
			name := "TOPIC_" + strings.ToUpper(strings.ReplaceAll(topic, "-", "_"))
			fits(t, slices.Contains(f.Publishes, topic), "the right to publish on "+topic, set(name), "it has "+name)
		}
		fits(t, f.Firestore != "", "Firestore", set("FIRESTORE_DATABASE"), "it has FIRESTORE_DATABASE")
		fits(t, touches(f, "packages"), "the packages", set("PACKAGES_BUCKET"), "it has PACKAGES_BUCKET")
		fits(t, touches(f, "templates"), "the templates", set("TEMPLATES_BUCKET"), "it has TEMPLATES_BUCKET")
	})
}

func touches(f deployment.Function, bucket string) bool {
	return slices.Contains(f.Reads, bucket) || slices.Contains(f.Writes, bucket) || slices.Contains(f.Removes, bucket)
}

// A function is granted what the clients it links can do, and links no client without a grant.
func TestGrantsFitImports(t *testing.T) {
	eachFunction(t, func(t *testing.T, f deployment.Function, _ uses, imports []string) {
		client := func(name string) bool { return slices.Contains(imports, path.Join("shared/gcp", name)) }
		fits(t, f.Firestore != "", "Firestore", client("store"), "it imports gcp/store")
		fits(t, touches(f, "packages"), "the packages", client("bucket"), "it imports gcp/bucket")
		fits(t, touches(f, "templates"), "the templates", client("templates"), "it imports gcp/templates")
		fits(t, len(f.Publishes) > 0, "topics", client("events"), "it imports gcp/events")
	})
}

// No grant is of a kind that the tests above would not look at.
func TestGrantsAreOfKnownKinds(t *testing.T) {
	for name, f := range deployed(t) {
		for what, list := range map[string]struct{ given, known []string }{
			"secrets":   {f.Secrets, []string{"token-keys", "certificates", "signing-keys", "apns-keys"}},
			"firestore": {[]string{f.Firestore}, []string{"", "viewer", "user"}},
			"publishes": {f.Publishes, []string{"pass-changed", "pass-packaged", "pass-personalized"}},
			"reads":     {f.Reads, []string{"packages", "templates"}},
			"writes":    {f.Writes, []string{"packages"}},
			"removes":   {f.Removes, []string{"packages"}},
		} {
			for _, given := range list.given {
				if !slices.Contains(list.known, given) {
					t.Errorf("%s.%s has %q, want some of %q", name, what, given, list.known)
				}
			}
			if len(slices.Compact(slices.Sorted(slices.Values(list.given)))) != len(list.given) {
				t.Errorf("%s.%s says something twice: %q", name, what, list.given)
			}
		}
	}
}

// Who calls a function decides how it registers: a topic pushes messages, Firestore sends writes, all others speak HTTP.
func TestAFunctionUnderstandsItsCaller(t *testing.T) {
	eachFunction(t, func(t *testing.T, f deployment.Function, u uses, _ []string) {
		var want string
		switch f.CalledBy {
		case "devices", "browsers", "issuers", "scheduler":
			want = "gcp.HTTP"
		case "firestore":
			want = "gcp.DocumentWrites"
		case "pass-updates", "pass-changed", "pass-packaged":
			want = "gcp.Messages"
		default:
			t.Fatalf("called by %q, which is nobody known", f.CalledBy)
		}
		for _, kind := range []string{"gcp.HTTP", "gcp.DocumentWrites", "gcp.Messages"} {
			if u.names[kind] != (kind == want) {
				t.Errorf("called by %s: %s %t, want %s alone", f.CalledBy, kind, u.names[kind], want)
			}
		}
	})
}
