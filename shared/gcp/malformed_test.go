package gcp_test

import (
	"os"
	"strings"
	"testing"

	"walletpasses.example/server/shared/gcp"
)

// forms is, for each setting, what its message says to give, and values of other forms.
var forms = []struct {
	name, gives string
	malformed   []string
}{
	{"GOOGLE_CLOUD_PROJECT", "give the project's id", []string{
		"", "projects/my-project-123", "My Project", "my_project", "123456789012", "short", "my-project-", strings.Repeat("a", 31), "my-project-123\n",
	}},
	{"FIRESTORE_DATABASE", `give the database's id, for example "(default)"`, []string{
		"", "default)", "(Default)", "projects/my-project-123/databases/(default)", "my database", "abc", "1st-database", strings.Repeat("a", 64),
	}},
	{"TOPIC_PASS_CHANGED", "give the topic's short name", malformedTopics},
	{"TOPIC_PASS_PACKAGED", "give the topic's short name", malformedTopics},
	{"TOPIC_PASS_PERSONALIZED", "give the topic's short name", malformedTopics},
	{"PACKAGES_BUCKET", "give the bucket's name", append([]string{""}, malformedBuckets...)},
	{"TEMPLATES_BUCKET", "give the bucket's name", malformedBuckets},
	{"WEB_SERVICE_URL", "give an address such as https://passes.example.com", malformedOwn},
	{"WEB_SERVICE_URL", "leave out /v1", []string{ // P-19
		"https://passes.example.com/v1", "https://passes.example.com/v1/", "https://passes.example.com/base/v1//",
	}},
	{"INSTALL_URL", "give an address such as https://passes.example.com", malformedOwn},
	{"CERTIFICATES_DIR", "give the folder with <passTypeIdentifier>.pem or .p12", []string{"", "/no/such/folder", os.Args[0]}},
	{"TOKEN_KEYS_DIR", "give the folder with the token keys", []string{"", "/no/such/folder", os.Args[0]}},
	{"APNS_URL", "give an address such as https://api.push.apple.com", append([]string{
		"http://localhost.example.com", "http://10.0.0.1:8443", "http://0.0.0.0", "http://user@127.0.0.1", "ftp://127.0.0.1", "//127.0.0.1",
		"https://api.push.apple.com/3/device", "http://127.0.0.1/3",
	}, malformedAddresses...)},
	{"APNS_KEY_FILE", "give the path of the key's .p8 file", []string{"/no/such/file", os.TempDir()}},
	{"APNS_KEY_ID", "give the key's identifier, 10 of A-Z and 0-9", malformedIdentifiers},
	{"APNS_TEAM_ID", "give the team's identifier, 10 of A-Z and 0-9", malformedIdentifiers},
	{"APNS_KEY_FILE", "set all three, or none", []string{""}},
}

var (
	malformedTopics    = []string{"", "projects/my-project-123/topics/pass-changed", "pass changed", "1st", "ab", strings.Repeat("a", 256)}
	malformedBuckets   = []string{"gs://my-packages", "my-packages/passes", "My-Packages", "my packages", "-packages", "ab"}
	malformedAddresses = []string{
		"http://passes.example.com", "passes.example.com", "https://", "https:///x", "https://:443", "https://user@passes.example.com",
		"https://passes.example.com?a=b", "https://passes.example.com?", "https://passes.example.com#a", "https://passes.example.com#",
		"ftp://passes.example.com", "https://a b", "https://passes.example.com/ ", "https://%zz",
	}
	malformedOwn         = append([]string{"", "http://127.0.0.1", "http://localhost"}, malformedAddresses...)
	malformedIdentifiers = []string{"abc123defg", "ABC123DEF", "ABC123DEFGH", "ABC123 EFG", "ABC123DEFG\n"}
)

// One line names the setting and says what to give, and no other setting is blamed.
func TestAMalformedSettingIsNamedWithItsForm(t *testing.T) {
	good := complete(t)
	for _, setting := range forms {
		for _, value := range setting.malformed {
			e := gcp.NewEnvironment(func(name string) string {
				if name == setting.name {
					return value
				}
				return good[name]
			})
			readAll(e)
			err := e.Err()
			if err == nil || !strings.HasPrefix(err.Error(), setting.name) || !strings.Contains(err.Error(), setting.gives) {
				t.Errorf("%s=%q: %v, want %q", setting.name, value, err, setting.gives)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s=%q: more than one thing is blamed:\n%v", setting.name, value, err)
			}
		}
	}
}

func TestFormsThatAreUnusualButRight(t *testing.T) {
	variables := complete(t)
	for _, c := range []struct{ name, value string }{
		{"GOOGLE_CLOUD_PROJECT", "example.com:my-project-123"}, // of an old domain
		{"GOOGLE_CLOUD_PROJECT", "abcdef"},
		{"FIRESTORE_DATABASE", "wallet-2"},
		{"TOPIC_PASS_CHANGED", "Pass.changed_1~+%"},
		{"PACKAGES_BUCKET", "passes.example.com"},
		{"PACKAGES_BUCKET", "123_packages"},
		{"INSTALL_URL", "https://passes.example.com/v1"}, // only to WEB_SERVICE_URL devices append /v1
		{"APNS_URL", "https://api.push.apple.com:2197/"},
		{"APNS_URL", "http://127.0.0.1:8443"}, // a fake beside the function
		{"APNS_URL", "http://[::1]:8443"},
		{"APNS_URL", "http://localhost:8443/"},
	} {
		e := gcp.NewEnvironment(func(name string) string {
			if name == c.name {
				return c.value
			}
			return variables[name]
		})
		readAll(e)
		if err := e.Err(); err != nil {
			t.Errorf("%v", err)
		}
	}
}
