package document

import (
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// A BrokenTemplateError says that nothing can be made with a template until it is mended. No document is to blame: it is of kind
// [wallet.ErrNotReady], and its findings are the template's.
type BrokenTemplateError struct {
	Name     string
	Findings wallet.Findings
}

// Error names the template and all that is wrong with it.
func (e *BrokenTemplateError) Error() string {
	return fmt.Sprintf("the template %s is broken: %v", e.Name, e.Findings)
}

// Unwrap returns [wallet.ErrNotReady], and not the findings: they would refuse the document.
func (e *BrokenTemplateError) Unwrap() error { return wallet.ErrNotReady }

// Waits says what an issuer has to mend before asking again.
func (e *BrokenTemplateError) Waits() (detail string, findings wallet.Findings) {
	return fmt.Sprintf("The template %s is broken. Mend it and ask again; the findings are the template's, not the document's.", e.Name), e.Findings
}
