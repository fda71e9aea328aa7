// Package passstrings reads and writes pass.strings, the table of texts in a language folder of a pass:
//
//	"Member" = "Mitglied"; /* the text in pass.json is the key */
//
// Keys and texts stand in double quotes; quotes, backslashes and line breaks inside are escaped with a backslash; comments
// are those of C (LOC-2). A table is read in UTF-8 and UTF-16, and written in UTF-8 without byte order mark (LOC-4).
//
// https://developer.apple.com/library/archive/documentation/UserExperience/Conceptual/PassKit_PG/Creating.html
package passstrings
