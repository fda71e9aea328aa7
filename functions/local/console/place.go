package console

import (
	"context"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// placer returns what tells the line of a finding's path. What was found in the rendered pass is where the document overrides
// it, or else where the value is that the template has put there, or else where the template is named.
func (c *Console) placer(ctx context.Context, fields map[string]any, where lines) func(path string) int {
	var unfilled map[string]any // pass.json of the template, with its placeholders
	name, _ := fields["template"].(string)
	if t, err := c.Renderer.Templates.Template(ctx, name); err == nil {
		rendering, _ := t.Render(wallet.Document{}, template.Server{})
		unfilled = rendering.Pass
	}
	return func(path string) int {
		file, pointer, rendered := strings.Cut(path, "#")
		if !rendered && (path == "" || strings.HasPrefix(path, "/")) {
			return where.of(path)
		}
		if line, ok := where["/pass"+pointer]; ok && file == "pass.json" && pointer != "" {
			return line
		}
		if placeholder := placeholderAt(unfilled, pointer); placeholder != "" && file == "pass.json" {
			return where.of(wallet.PointerTo("/data", placeholder))
		}
		if image, _, _ := strings.Cut(strings.TrimSuffix(file, ".png"), "@"); where["/images/"+image] != 0 {
			return where["/images/"+image]
		}
		return where.of("/template")
	}
}

// placeholderAt returns the first placeholder in what a pointer of a template's pass.json leads to, or "".
func placeholderAt(pass any, pointer string) string {
	text, _ := at(pass, pointer).(string)
	_, rest, opened := strings.Cut(text, "{{")
	name, _, closed := strings.Cut(rest, "}}")
	if !opened || !closed {
		return ""
	}
	return strings.TrimSpace(name)
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// at follows a JSON Pointer (RFC 6901) as far as there are objects and arrays, and returns what it leads to.
func at(value any, pointer string) any {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[unescape.Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		}
	}
	return value
}
