package passjson

import (
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

const (
	secondaryFields = "secondaryFields"
	auxiliaryFields = "auxiliaryFields"
)

// Limits of the table that are not the name of a group of fields.
const (
	combinedLimit       = "secondaryAndAuxiliaryCombined"
	combinedSquareLimit = "secondaryAndAuxiliaryCombinedWithSquareBarcode"
	perRowLimit         = "auxiliaryFieldsPerRow"
	rowsLimit           = "auxiliaryRows"
)

// limits warns of fields that the style has no room for: a phone leaves them out without a word.
// https://developer.apple.com/documentation/walletpasses/creating-the-source-for-a-pass
func (c *checker) limits(path, styleName string, groups map[string]any) {
	limits := c.table.Styles[styleName].Limits
	for _, name := range c.table.Styles[styleName].limitNames {
		switch name {
		case combinedLimit:
			c.limit(path, styleName, limits[name], groups, secondaryFields, auxiliaryFields)
		case combinedSquareLimit:
			if c.firstBarcodeIsSquare() {
				c.limit(path, styleName+" with a square barcode", limits[name], groups, secondaryFields, auxiliaryFields)
			}
		case perRowLimit, rowsLimit: // R9's
		case auxiliaryFields:
			if limits[perRowLimit] == 0 || !usesRows(groups) {
				c.limit(path, styleName, limits[name], groups, name)
			}
		default:
			c.limit(path, styleName, limits[name], groups, name)
		}
	}
}

// limit counts the fields of one group, or of several that share a row, and names the last group that has some.
func (c *checker) limit(path, drawing string, limit int, groups map[string]any, names ...string) {
	count, last := 0, ""
	for _, name := range names {
		if fields, _ := groups[name].([]any); len(fields) > 0 {
			count += len(fields)
			last = name
		}
	}
	if count > limit {
		c.findings.Warnf(wallet.PointerTo(path, last), "FIELD-LIMIT", "%s draws %d of these %d fields (%s); move the rest to backFields",
			drawing, limit, count, strings.Join(names, " and "))
	}
}

// usesRows reports whether any auxiliary field names its row.
func usesRows(groups map[string]any) bool {
	fields, _ := groups[auxiliaryFields].([]any)
	return slices.ContainsFunc(fields, func(v any) bool {
		content, _ := v.(map[string]any)
		_, ok := content["row"]
		return ok
	})
}
