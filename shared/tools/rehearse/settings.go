package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/wallet"
)

// What the deployment is called here.
const (
	project         = "rehearsal"
	database        = "(default)"
	packagesBucket  = "rehearsal-packages"
	templatesBucket = "rehearsal-templates"
	domain          = "passes.example.com"
)

// unset are the settings that a function is spared: push shows APNs the team's key, and not the pass certificates.
var unset = map[string][]string{"push": {"CERTIFICATES_DIR"}}

// settings returns the environment of a function: exactly the variables that it is given, with values like those of
// terraform/deployed.tf, and the addresses of the emulators, where Google's clients would find Google.
func (s *stage) settings(name string, f deployment.Function) ([]string, error) {
	values := map[string]string{
		"GOOGLE_CLOUD_PROJECT":    project,
		"FIRESTORE_DATABASE":      database,
		"PACKAGES_BUCKET":         packagesBucket,
		"TEMPLATES_BUCKET":        templatesBucket,
		"TOPIC_PASS_CHANGED":      wallet.TopicPassChanged,
		"TOPIC_PASS_PACKAGED":     wallet.TopicPassPackaged,
		"TOPIC_PASS_PERSONALIZED": wallet.TopicPassPersonalized,
		"WEB_SERVICE_URL":         "https://" + domain,
		"INSTALL_URL":             "https://" + domain,
		"TOKEN_KEYS_DIR":          s.mounted(f, "token-keys"),
		"CERTIFICATES_DIR":        s.mounted(f, "signing-keys", "certificates"),
		"APNS_URL":                s.apns.URL(),
		"APNS_KEY_FILE":           filepath.Join(s.mounted(f, "apns-keys"), "key.p8"),
		"APNS_KEY_ID":             apnsKeyID,
		"APNS_TEAM_ID":            team,
	}
	environment := []string{
		"FIRESTORE_EMULATOR_HOST=" + s.firestore.Address,
		"PUBSUB_EMULATOR_HOST=" + s.pubsub.Address,
		"STORAGE_EMULATOR_HOST=" + s.storage.Address,
	}
	for _, setting := range f.Settings {
		if slices.Contains(unset[name], setting) {
			continue
		}
		value, ok := values[setting]
		if !ok {
			return nil, fmt.Errorf("%s is given the setting %s, for which there is no value here", name, setting)
		}
		environment = append(environment, setting+"="+value)
	}
	return environment, nil
}

// mounted returns the folder of the first of these kinds of secret that the function has. Without any, it is a folder that
// is not there: the function will say so.
func (s *stage) mounted(f deployment.Function, anyOf ...string) string {
	for _, kind := range anyOf {
		if slices.Contains(f.Secrets, kind) {
			return s.secrets.folder(kind)
		}
	}
	return s.secrets.folder("not-mounted")
}
