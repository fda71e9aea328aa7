package console

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// A sampled template is a template with data in it that nobody has given.
type sampled struct {
	template *template.Template
	fields   map[string]any // of the document
	rendered document.Rendered
	findings wallet.Findings
}

// templateNames returns the names of all templates, sorted: what a set says when it is asked for one that cannot be.
func (c *Console) templateNames(ctx context.Context) []string {
	_, err := c.Renderer.Templates.Template(ctx, "")
	unknown, ok := errors.AsType[*template.UnknownError](err)
	if !ok {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(unknown.Known)))
}

// sample renders a template with its sample. Data that the sample lacks, as that of a template of one's own, is made up: of a
// few values of all kinds, each placeholder gets the one that leaves the fewest errors.
func (c *Console) sample(ctx context.Context, name, passType string) (sampled, error) {
	t, err := c.Renderer.Templates.Template(ctx, name)
	if err != nil {
		return sampled{}, err
	}
	s := sampled{template: t, fields: c.sampleFields(name)}
	data, _ := s.fields["data"].(map[string]any)
	data = maps.Clone(data)
	if data == nil {
		data = make(map[string]any)
	}
	s.fields["data"] = data
	maps.DeleteFunc(data, func(key string, _ any) bool {
		return !slices.Contains(t.Placeholders(), key) && !slices.Contains(t.Fields(), key)
	})
	pkg := wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: passType, SerialNumber: name + "-1"}}
	render := func() error {
		s.rendered, s.findings, err = c.Renderer.Render(ctx, s.fields, pkg)
		return err
	}
	var missing []string
	for _, placeholder := range t.Placeholders() {
		if _, given := data[placeholder]; !given {
			missing = append(missing, placeholder)
			data[placeholder] = words(placeholder)
		}
	}
	for _, placeholder := range missing {
		best, fewest := any(nil), math.MaxInt
		for _, value := range []any{words(placeholder), int64(7), "2027-01-31T18:00:00+01:00", "https://example.com/", "EUR"} {
			data[placeholder] = value
			if err := render(); err != nil {
				return sampled{}, err
			}
			if n := errorsAmong(s.findings); n < fewest {
				best, fewest = value, n
			}
		}
		data[placeholder] = best
	}
	return s, render()
}

// sampleFields is the sample document of a template as a PUT would send it, or one that names the template alone.
func (c *Console) sampleFields(name string) map[string]any {
	doc, _ := c.Sample(name)
	fields := map[string]any{"template": name}
	if doc.Data != nil {
		fields["data"] = doc.Data
	}
	if doc.Images != nil {
		images := make(map[string]any)
		for image, source := range doc.Images {
			images[image] = source
		}
		fields["images"] = images
	}
	if doc.Pass != nil {
		fields["pass"] = doc.Pass
	}
	if doc.ExpirationDate != "" {
		fields["expirationDate"] = doc.ExpirationDate
	}
	return fields
}

func errorsAmong(findings wallet.Findings) int {
	n := 0
	for _, f := range findings {
		if f.Severity == wallet.SeverityError {
			n++
		}
	}
	return n
}

// words reads a placeholder's name as English: "fullName" is "Full name", "ticketURL" is "Ticket URL".
func words(name string) string {
	var text strings.Builder
	runes := []rune(name)
	upper := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsUpper(runes[i]) }
	for i, r := range runes {
		switch {
		case i == 0:
			text.WriteRune(unicode.ToUpper(r))
		case strings.ContainsRune("_-.", r):
			text.WriteByte(' ')
		case upper(i) && !upper(i-1) && upper(i+1):
			text.WriteString(" " + string(r))
		case upper(i) && !upper(i-1):
			text.WriteString(" " + string(unicode.ToLower(r)))
		default:
			text.WriteRune(r)
		}
	}
	return text.String()
}

// freeSerial returns a serial number that no pass of the type has or had: "points-1", "points-2", … It finds the end of a row of
// ten thousand with a few reads.
func (c *Console) freeSerial(ctx context.Context, passType, template string) (string, error) {
	serial := func(n int) string { return fmt.Sprintf("%s-%d", template, n) }
	taken := func(n int) (bool, error) {
		doc, err := c.Store.Document(ctx, wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial(n)})
		return doc.Revision != 0, err
	}
	last, free := 0, 1 // last is taken, as are, in a row without gaps, those before it
	for {
		is, err := taken(free)
		if err != nil {
			return "", err
		}
		if !is {
			break
		}
		last, free = free, 2*free
	}
	for last+1 < free {
		middle := (last + free) / 2
		is, err := taken(middle)
		if err != nil {
			return "", err
		}
		if is {
			last = middle
		} else {
			free = middle
		}
	}
	return serial(free), nil
}
