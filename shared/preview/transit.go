package preview

const (
	transitAir     = "PKTransitTypeAir"
	transitGeneric = "PKTransitTypeGeneric"
)

// transitSymbols are the symbols between origin and destination, by transitType: SVG path data on a square of 24, our own.
var transitSymbols = map[string]string{
	transitAir: "M22.2 12c0-.9-1-1.5-2.2-1.5h-5L9.8 2.4H7.5l2.2 8.1H5.2L3.4 8.1H1.8L2.8 12l-1 3.9h1.6l1.8-2.4h4.5l-2.2 8.1h2.3l5.2-8.1h5" +
		"c1.2 0 2.2-.6 2.2-1.5z",
	"PKTransitTypeBoat": "M2 14.2h20l-2.5 4.9a2.2 2.2 0 0 1-2 1.2h-11a2.2 2.2 0 0 1-2-1.2zM11.2 2.5v10H4.1zm1.7 3 6.3 7h-6.3z",
	"PKTransitTypeBus": "M5 4.5h13.5A2.5 2.5 0 0 1 21 7v9.5h-1.7a2.6 2.6 0 0 1-5.2 0H9.9a2.6 2.6 0 0 1-5.2 0H3v-10a2 2 0 0 1 2-2zm.2 2.3v4.4h3.6V6.8zm5.4 0v4.4h3.6" +
		"V6.8zm5.4 0v4.4h3V6.8zM7.3 15.1a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zm9.4 0a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
	"PKTransitTypeTrain": "M7.5 2.5h9A3 3 0 0 1 19.5 5.5v8.5a3 3 0 0 1-2.6 3l2.1 4h-2.4l-1-2H8.4l-1 2H5l2.1-4a3 3 0 0 1-2.6-3V5.5a3 3 0 0 1 3-3zM7 5.5v4h10v-4z" +
		"m1.4 6.3a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zm7.2 0a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
	transitGeneric: "M2.5 10.9h14l-4.4-4.4L13.6 5l7 7-7 7-1.5-1.5 4.4-4.4h-14z",
}

// transitSymbol returns the symbol of a transit type; an arrow for one that is not known.
func transitSymbol(transitType string) string {
	if symbol, ok := transitSymbols[transitType]; ok {
		return symbol
	}
	return transitSymbols[transitGeneric]
}
