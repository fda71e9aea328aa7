package lint

import (
	"slices"
	"strings"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// A cause is a reason for which phones refuse a pass, as the more exact rules show it.
type cause struct {
	rule    string
	message string
	shown   func(wallet.Finding) bool
}

// causes has those of REJ-1 to REJ-20 that other rules find; the rest is found under its own name. Of REJ-10 a file cannot
// tell whether its certificate was revoked, and REJ-21 is about the phone.
var causes = []cause{
	{"REJ-1", "the files are not at the root of a zip archive", rules("PKG-1")},
	{"REJ-2", "a file that every pass has is missing", rules("PKG-2")},
	{"REJ-4", "a required key is missing or of a wrong type", both(rules("P-37"), at(passjson.Root+"/formatVersion"))},
	{"REJ-5", "the pass has no style, or several", rules("R3")},
	{"REJ-7", "manifest.json and the files differ", rules("MAN-1", "MAN-2", "MAN-3", "MAN-4")},
	{"REJ-8", "the signature is not a detached one in DER", rules("SIG-1")},
	{"REJ-12", "a date is not in the accepted form", rules("R7")},
	{"REJ-13", "two fields have the same key", rules("R5")},
	{"REJ-14", "a number format is applied to text", both(rules("R6"), endsIn("/value"))},
	{"REJ-15", "a boarding pass has no transitType", both(rules("R4"), at(passjson.Root+"/boardingPass/transitType"))},
}

func rules(names ...string) func(wallet.Finding) bool {
	return func(f wallet.Finding) bool {
		return f.Severity == wallet.SeverityError && slices.Contains(names, f.Rule)
	}
}

func at(path string) func(wallet.Finding) bool {
	return func(f wallet.Finding) bool { return f.Path == path }
}

func endsIn(suffix string) func(wallet.Finding) bool {
	return func(f wallet.Finding) bool { return strings.HasSuffix(f.Path, suffix) }
}

func both(a, b func(wallet.Finding) bool) func(wallet.Finding) bool {
	return func(f wallet.Finding) bool { return a(f) && b(f) }
}

// withCauses adds each cause that the findings show and do not name, at the place of the first that shows it.
func withCauses(findings wallet.Findings, pass map[string]any) wallet.Findings {
	all := findings
	for _, c := range causes {
		named := slices.ContainsFunc(findings, func(f wallet.Finding) bool { return f.Rule == c.rule })
		if i := slices.IndexFunc(findings, c.shown); i >= 0 && !named {
			all.Errorf(findings[i].Path, c.rule, "a phone refuses the pass: %s (%s)", c.message, findings[i].Rule)
		}
	}
	brokenFallback(&all, pass)
	return all
}

// onlyPoster is REJ-19, for a pass that is finished: phones before iOS 27 refuse it. To sign it for the others is legal, which
// STY-2 warns of.
func onlyPoster(findings *wallet.Findings, pass map[string]any) {
	if style, _ := passjson.Style(pass); style == "posterGeneric" {
		findings.Errorf(passjson.Root+"/posterGeneric", "REJ-19", "a phone before iOS 27 refuses a pass with posterGeneric alone; "+
			"add generic, storeCard, coupon or eventTicket as a fallback")
	}
}

// brokenFallback is REJ-20: the classic style beside a poster design has an error, and no phone takes the pass.
func brokenFallback(findings *wallet.Findings, pass map[string]any) {
	style, ok := passjson.Style(pass)
	if !ok || !hasPoster(pass) {
		return
	}
	classic := passjson.Root + "/" + style + "/"
	i := slices.IndexFunc(*findings, func(f wallet.Finding) bool {
		return f.Severity == wallet.SeverityError && strings.HasPrefix(f.Path+"/", classic)
	})
	if i >= 0 && style != "posterGeneric" {
		found := (*findings)[i]
		findings.Errorf(found.Path, "REJ-20", "the fields of %s are wrong (%s), so every phone refuses the pass, also one that would draw the "+
			"poster design", style, found.Rule)
	}
}

// hasPoster reports whether the pass asks for a design beside its classic style.
func hasPoster(pass map[string]any) bool {
	schemes, _ := pass["preferredStyleSchemes"].([]any)
	_, poster := pass["posterGeneric"]
	return poster || slices.Contains(schemes, any("posterEventTicket")) || slices.Contains(schemes, any("semanticBoardingPass"))
}
