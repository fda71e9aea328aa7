package preview

// Sizes are in points, of a card that is 375 points wide; the stylesheet scales them to the width that it has.
const (
	rowWidth     = 345.0 // of the card without its margins
	gap          = 14    // between columns
	labelSize    = 11
	headerSize   = 19
	logoTextSize = 18.5 // 18, and bold
	valueSize    = 18
	placeSize    = 46 // of origin and destination
	titleSize    = 28 // of a primary field on the plain card
	stripSize    = 50 // of one over a strip
	nameSize     = 34 // of an event, which is bold
)

// fit names the class that makes texts smaller until they have room; needed is how much they take at a factor. What takes more
// than there is even in the last is cut off.
func fit(needed func(factor float64) float64, room float64) string {
	for _, class := range []struct {
		factor float64
		name   string
	}{{1, ""}, {0.9, "fit-90"}, {0.8, "fit-80"}, {0.7, "fit-70"}, {0.6, "fit-60"}} {
		if needed(class.factor) <= room {
			return class.name
		}
	}
	return "fit-50"
}

// scaled is how much texts need that shrink by the whole factor.
func scaled(needed float64) func(factor float64) float64 {
	return func(factor float64) float64 { return needed * factor }
}
