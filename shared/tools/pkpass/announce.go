package main

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
)

// announce prints the notices that a phone would show for an update, in English and in the languages of the pass that say it
// otherwise. An update of another pass has none.
func announce(out io.Writer, before, after passFile) {
	fmt.Fprintln(out, "a phone would announce")
	if before.text("passTypeIdentifier") != after.text("passTypeIdentifier") || before.text("serialNumber") != after.text("serialNumber") {
		fmt.Fprintln(out, "  nothing: these are two passes")
		return
	}
	notices, err := preview.Notices(before.contents.Source, after.contents.Source, preview.Viewer{})
	if err != nil {
		fmt.Fprintf(out, "  nothing: %s\n", printable(err.Error()))
		return
	}
	if len(notices) == 0 {
		fmt.Fprintln(out, "  nothing")
	}
	languages := slices.Sorted(maps.Keys(after.tables))
	translated := make([][]string, len(languages))
	for i, language := range languages {
		// The same two packages, so an error would have been met above.
		translated[i], _ = preview.Notices(before.contents.Source, after.contents.Source, preview.Viewer{AcceptLanguage: language})
	}
	for i, text := range notices {
		fmt.Fprintf(out, "  %s\n", printable(text))
		for j, language := range languages {
			if others := translated[j]; len(others) == len(notices) && others[i] != text {
				fmt.Fprintf(out, "    %s: %s\n", printable(language), printable(others[i]))
			}
		}
	}
	if len(notices) > 1 {
		fmt.Fprintln(out, "  (several at once may be shown as one summary)")
	}
}

// kind is what a file is, for a line about its change.
func kind(file pkpass.File) string {
	if path.Ext(file.Name()) == ".png" {
		return dimensions(file)
	}
	return "text"
}
