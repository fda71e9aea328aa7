package template

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed starters/*.pass
var starters embed.FS

// Builtin loads the templates that come with the server:
//
//   - simple: a membership card (generic);
//   - points: a loyalty card (storeCard) that shows the number points;
//   - stamps: a stamp card (storeCard) that shows the numbers stamps and stampGoal.
//
// All three need programName, organizationName, accountId, fullName and qrCodeLink as text.
func Builtin() (Templates, error) {
	folder, err := fs.Sub(starters, "starters")
	if err != nil {
		return nil, fmt.Errorf("starters: %w", err)
	}
	templates, err := LoadAll(folder)
	if err != nil {
		return nil, fmt.Errorf("starters: %w", err)
	}
	return templates, nil
}
