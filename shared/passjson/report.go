package passjson

import "walletpasses.example/server/shared/wallet"

// maxFindings bounds what is said of one pass: nobody reads more, and a hostile pass must not fill the memory.
const maxFindings = 1000

// A report gathers findings up to [maxFindings], and one more by which it knows that there are more.
type report struct{ findings wallet.Findings }

// Errorf adds an error.
func (r *report) Errorf(path, rule, format string, args ...any) {
	if !r.full() {
		r.findings.Errorf(path, rule, format, args...)
	}
}

// Warnf adds a warning.
func (r *report) Warnf(path, rule, format string, args ...any) {
	if !r.full() {
		r.findings.Warnf(path, rule, format, args...)
	}
}

// full reports that nothing more is taken. Loops over what a pass holds end with it.
func (r *report) full() bool { return len(r.findings) > maxFindings }

// all returns the findings. That some are missing is an error itself: one of them may have been one.
func (r *report) all() wallet.Findings {
	if r.full() {
		r.findings = r.findings[:maxFindings]
		r.findings.Errorf(Root, "FINDINGS-LIMIT", "there is more wrong than these %d findings; mend them and look again", maxFindings)
	}
	return r.findings
}
