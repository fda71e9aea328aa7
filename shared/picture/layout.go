package picture

import (
	"image"
	"math"
)

// A circle is a place on a card, in points or pixels.
type circle struct{ x, y, radius float32 }

func (c circle) scaled(scale float32) circle {
	return circle{c.x * scale, c.y * scale, c.radius * scale}
}

// square is the square around the circle, in whole pixels.
func (c circle) square() image.Rectangle {
	round := func(v float32) int { return int(math.Round(float64(v))) }
	side := round(2 * c.radius)
	corner := image.Pt(round(c.x-c.radius), round(c.y-c.radius))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
}

// Space on the strip, in points.
const (
	margin    = 20 // left and right
	headroom  = 12 // above and below
	widest    = 88 // of a place
	gapFactor = 0.2
)

// layOut returns the places of a card in points, row by row: in the number of rows that makes them largest, the fewest if
// several do, and no row with more than one place more than another. Rows are centred.
func layOut(goal int) []circle {
	rows, diameter := 1, float32(0)
	for n := 1; n <= goal; n++ {
		if d := diameterOf(n, (goal+n-1)/n); d > diameter+0.5 {
			rows, diameter = n, d
		}
	}
	strip := slots["strip"].points
	step := diameter * (1 + gapFactor)
	var places []circle
	for row := range rows {
		count := (goal - len(places) + rows - row - 1) / (rows - row)
		y := float32(strip.Y)/2 + step*(float32(row)-float32(rows-1)/2)
		for i := range count {
			x := float32(strip.X)/2 + step*(float32(i)-float32(count-1)/2)
			places = append(places, circle{x, y, diameter / 2})
		}
	}
	return places
}

// diameterOf is how large the places can be, with gaps between them.
func diameterOf(rows, columns int) float32 {
	strip := slots["strip"].points
	room := func(length, n int) float32 { return float32(length) / (float32(n)*(1+gapFactor) - gapFactor) }
	return min(widest, room(strip.X-2*margin, columns), room(strip.Y-2*headroom, rows))
}
