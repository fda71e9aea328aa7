package passjson_test

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// A drawingTable is what pass-keys.json says of styles, schemes and images, read apart from the package's own reader.
type drawingTable struct {
	Styles map[string]struct {
		Images []string
		Limits map[string]int
	}
	StyleSchemes map[string]struct {
		Style                                                            string
		RequiredSemantics, RequiredForSports, RequiredForLivePerformance []string
	}
	Images map[string]struct {
		Points *[2]int
		Rule   string
	}
	ConditionalRules []struct{ ID string }
}

func readDrawings(t testing.TB) (table drawingTable) {
	t.Helper()
	text, err := os.ReadFile("pass-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	return table
}

// ofStyle is a pass of one style, with so many fields in each group.
func ofStyle(t *testing.T, style string, groups map[string]int) map[string]any {
	t.Helper()
	pass := decode(t, storeCard)
	delete(pass, "storeCard")
	delete(pass, "logoText")
	content := make(map[string]any)
	if style == "boardingPass" {
		content["transitType"] = "PKTransitTypeBus"
	}
	for group, n := range groups {
		var fields []any
		for i := range n {
			field := map[string]any{"key": fmt.Sprint(group, i), "value": int64(i)}
			if group == "auxiliaryFields" && style == "eventTicket" && i >= 4 {
				field["row"] = int64(1)
			}
			fields = append(fields, field)
		}
		content[group] = fields
	}
	pass[style] = content
	return pass
}

// overLimit lists where a pass has more fields than are drawn.
func overLimit(pass map[string]any) []string {
	var paths []string
	for _, f := range passjson.Validate(pass, passjson.Options{}) {
		if f.Rule == "FIELD-LIMIT" || f.Rule == "R9" {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// As many fields as a style draws are right, and one more is said to be left out.
func TestEveryLimitOfTheTable(t *testing.T) {
	for style, drawing := range readDrawings(t).Styles {
		if len(drawing.Limits) == 0 {
			t.Errorf("%s has no limit", style)
		}
		for name, limit := range drawing.Limits {
			group := name
			switch name {
			case "secondaryAndAuxiliaryCombined", "secondaryAndAuxiliaryCombinedWithSquareBarcode":
				group = "auxiliaryFields"
			case "auxiliaryFieldsPerRow":
				group, limit = "auxiliaryFields", limit*drawing.Limits["auxiliaryRows"]
			case "auxiliaryRows", "auxiliaryFields": // "auxiliaryFieldsPerRow" tells more
				if drawing.Limits["auxiliaryFieldsPerRow"] > 0 {
					continue
				}
			}
			t.Run(style+"."+name, func(t *testing.T) {
				if got := overLimit(ofStyle(t, style, map[string]int{group: limit})); len(got) != 0 {
					t.Errorf("%d fields: found %v", limit, got)
				}
				got := overLimit(ofStyle(t, style, map[string]int{group: limit + 1}))
				if len(got) == 0 || !strings.HasPrefix(got[0], passjson.Root+"/"+style+"/"+group) {
					t.Errorf("%d fields: found %v", limit+1, got)
				}
			})
		}
	}
}

// A style draws the images of the table, and no others without a scheme that does.
func TestEveryImageSlotOfTheTable(t *testing.T) {
	table := readDrawings(t)
	for style, drawing := range table.Styles {
		for name, slot := range table.Images {
			if name == "icon" {
				continue // TestIcon
			}
			t.Run(style+"."+name, func(t *testing.T) {
				points := [2]int{20, 20}
				if slot.Points != nil {
					points = *slot.Points
				}
				unused, wrongSize := imageFindings(t, style, name, points)
				if drawn := name == "personalizationLogo" || slices.Contains(drawing.Images, name); unused == drawn {
					t.Errorf("unused: %v", unused)
				}
				if wrongSize {
					t.Errorf("%v is the wrong size", points)
				}
				_, wrongSize = imageFindings(t, style, name, [2]int{points[0] + 1, points[1]})
				if wrongSize == (slot.Points == nil) {
					t.Errorf("one point wider, wrong size: %v", wrongSize)
				}
			})
		}
	}
}

// imageFindings reports what is found of one image, which must be the same at each scale.
func imageFindings(t *testing.T, style, name string, points [2]int) (unused, wrongSize bool) {
	t.Helper()
	sizes := make(map[string]image.Point)
	for scale, suffix := range map[int]string{1: "", 2: "@2x", 3: "@3x"} {
		sizes["icon"+suffix+".png"] = image.Pt(38, 38).Mul(scale)
		sizes[name+suffix+".png"] = image.Pt(points[0], points[1]).Mul(scale)
	}
	found := make(map[string]int)
	for _, f := range passjson.ValidateImages(map[string]any{style: map[string]any{}}, sizes, nil) {
		if strings.HasPrefix(f.Path, name) {
			found[f.Rule]++
		}
	}
	for _, rule := range []string{"IMAGE-UNUSED", "IMAGE-SIZE"} {
		if n := found[rule]; n != 0 && n != 3 {
			t.Errorf("%s is found at %d of 3 scales", rule, n)
		}
	}
	return found["IMAGE-UNUSED"] > 0, found["IMAGE-SIZE"] > 0
}

// Without any tag that a scheme needs, Wallet falls back.
func TestEverySchemeOfTheTable(t *testing.T) {
	for name, scheme := range readDrawings(t).StyleSchemes {
		ticket := map[string]string{"eventTicket": posterTicket, "boardingPass": airTicket}[scheme.Style]
		need := func(event string, tags []string) {
			for _, tag := range tags {
				t.Run(name+"."+tag, func(t *testing.T) {
					pass := patched(t, ticket)
					given := pass["semantics"].(map[string]any)
					if event != "" {
						given["eventType"] = event
					}
					for _, other := range tags {
						if _, ok := given[other]; !ok {
							given[other] = sampleTags[other]
						}
					}
					if got := fallbacks(pass); len(got) != 0 {
						t.Errorf("with all tags: %v", got)
					}
					delete(given, tag)
					if got := fallbacks(pass); len(got) != 1 || got[0] != passjson.Root+"/semantics/"+tag {
						t.Errorf("found %v", got)
					}
				})
			}
		}
		need("", scheme.RequiredSemantics)
		need("PKEventTypeSports", scheme.RequiredForSports)
		need("PKEventTypeLivePerformance", scheme.RequiredForLivePerformance)
	}
}

var sampleTags = map[string]any{"homeTeamAbbreviation": "HOM", "awayTeamAbbreviation": "AWY", "performerNames": []any{"A"}}

func fallbacks(pass map[string]any) []string {
	var paths []string
	for _, f := range passjson.Validate(pass, passjson.Options{}) {
		if f.Rule == "STY-4" && f.Severity == wallet.SeverityWarning {
			paths = append(paths, f.Path)
		}
	}
	return paths
}
