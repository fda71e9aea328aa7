package install

import "strings"

// An agent is what a browser says of itself, as far as it decides what a link gives.
type agent string

// holdsWallet reports a browser on a device whose Wallet opens the file.
func (a agent) holdsWallet() bool { return a.has("iPhone", "iPad", "iPod") }

// inApp reports the browser within another app, which cannot hand the file to Wallet. An app that leaves no mark of its own
// still lacks the "Safari/" of every browser.
func (a agent) inApp() bool {
	return a.holdsWallet() && (a.has(inAppMarks...) || a.has("AppleWebKit/") && !a.has("Safari/"))
}

// android reports a phone or tablet that has no Wallet of Apple's.
func (a agent) android() bool { return a.has("Android") }

// inAppMarks are what apps with a browser of their own write into its User-Agent: Facebook and Messenger, Instagram, Threads,
// LINE, X, LinkedIn, Snapchat, TikTok, Pinterest, WeChat, and Google's search app.
var inAppMarks = []string{
	"FBAN", "FBAV", "FB_IAB", "Instagram", "Barcelona ", "Line/", "Twitter", "LinkedInApp", "Snapchat", "TikTok", "musical_ly", "BytedanceWebview",
	"Pinterest", "MicroMessenger", "GSA/",
}

func (a agent) has(marks ...string) bool {
	for _, mark := range marks {
		if strings.Contains(string(a), mark) {
			return true
		}
	}
	return false
}
