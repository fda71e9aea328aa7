package gcp

import "os"

// APNs says how to reach APNs and what to show it. Without a key, the pass certificates themselves are shown.
type APNs struct {
	URL           string // empty for Apple's production server
	KeyFile       string // a .p8 file
	KeyID, TeamID string // of the key
}

// APNs reads APNS_URL, APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID. The three of the key go together.
// https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
func (e *Environment) APNs() APNs {
	a := APNs{e.apnsURL(), e.lookup("APNS_KEY_FILE"), e.lookup("APNS_KEY_ID"), e.lookup("APNS_TEAM_ID")}
	switch {
	case a.KeyFile == "" && a.KeyID == "" && a.TeamID == "":
	case a.KeyFile == "" || a.KeyID == "" || a.TeamID == "":
		e.problem("APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID go together: set all three, or none to use the pass certificates")
	default:
		e.matching("APNS_KEY_ID", `[A-Z0-9]{10}`, "the key's identifier, 10 of A-Z and 0-9, for example ABC123DEFG")
		e.matching("APNS_TEAM_ID", `[A-Z0-9]{10}`, "the team's identifier, 10 of A-Z and 0-9, for example TEAMID1234")
		if info, err := os.Stat(a.KeyFile); err != nil || !info.Mode().IsRegular() {
			e.problem("APNS_KEY_FILE is %q, which is no file that can be read: give the path of the key's .p8 file", a.KeyFile)
		}
	}
	return a
}
