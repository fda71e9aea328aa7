package preview

// Sizes are in points, of a card that is 375 points wide; the stylesheet scales them to the width that it has.
const (
	rowWidth   = 345 // of the card without its margins
	gap        = 14  // between columns
	labelSize  = 11.5
	headerSize = 19
	valueSize  = 18
	placeSize  = 46 // of origin and destination
	titleSize  = 28 // of a primary field on the plain card
	stripSize  = 50 // of one over a strip
	nameSize   = 34 // of an event, which is bold
)

// fit names the class in which texts that need so much room have it. Beyond the last they are cut off.
func fit(needed, room float64) string {
	for _, class := range []struct {
		factor float64
		name   string
	}{{1, ""}, {0.9, "fit-90"}, {0.8, "fit-80"}, {0.7, "fit-70"}} {
		if needed*class.factor <= room {
			return class.name
		}
	}
	return "fit-60"
}
