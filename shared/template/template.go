// Package template turns a business's document into the source of a pass. A template is a folder in Apple's own source
// layout: pass.json with placeholders such as "{{points}}", the images, and one xx.lproj folder per language.
// https://developer.apple.com/documentation/walletpasses/creating-the-source-for-a-pass
//
// Everything that can be known of a template is computed by [Load], once: its files' digests, its images' sizes, its
// pass.json as a tree with the placeholders found. [Template.Render] then fills the tree, lays the document's merge patch
// over it, and adds the keys that belong to the server. Equal input gives equal bytes.
//
// The sign-up form of a reward card, personalization.json, has placeholders too. It is in every rendering; that it leaves
// the pass once the customer has signed up is for others to see to.
package template

import (
	"image"
	"maps"
	"slices"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

// A Template is a pass as it looks before anyone's data is in it. It never changes, and any number of goroutines may
// render it at once.
type Template struct {
	name         string
	revision     string
	files        pkpass.Source // all but pass.json and personalization.json, sorted by name
	pass         object        // pass.json
	form         object        // personalization.json; nil when there is none
	placeholders []string      // sorted, each once
	fields       []string      // sorted, each once
	imageSizes   map[string]image.Point
	languages    []string                     // of its folders, in canonical form, sorted
	folders      map[string]string            // "zh_Hans.lproj", by language
	tables       map[string]passstrings.Table // by language
	warnings     wallet.Findings
}

// Name is the name that a document gives in its field template: the folder's name without its extension.
func (t *Template) Name() string { return t.name }

// Revision is the hex SHA-256 of the template's files. It changes with any byte of them.
func (t *Template) Revision() string { return t.revision }

// Placeholders returns the names of the data that the template needs, sorted.
func (t *Template) Placeholders() []string { return slices.Clone(t.placeholders) }

// Fields returns the keys of the fields whose value data may replace, sorted: those of a template made with Pass Designer
// that have no placeholder. Without data they keep the value that they were designed with.
func (t *Template) Fields() []string { return slices.Clone(t.fields) }

// ImageSizes returns the size in pixels of each image by file name, for example "strip@2x.png" or "de.lproj/logo.png".
func (t *Template) ImageSizes() map[string]image.Point { return maps.Clone(t.imageSizes) }

// Languages returns the languages that the template has a folder for, sorted, for example "de" and "pt-BR".
func (t *Template) Languages() []string { return slices.Clone(t.languages) }

// Warnings returns what loading left out of a template made with Pass Designer (TPL-IMPORT). A template in Apple's source
// layout has none: what is wrong with it is refused.
func (t *Template) Warnings() wallet.Findings { return slices.Clone(t.warnings) }
