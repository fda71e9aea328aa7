package picture

import (
	"math"
	"testing"
)

func TestPlaces(t *testing.T) {
	rowsOf := map[int]int{1: 1, 3: 1, 5: 1, 6: 2, 10: 2, 12: 2, 40: 4, 50: 4}
	for goal := 1; goal <= MaxStampGoal; goal++ {
		places := layOut(goal)
		if len(places) != goal {
			t.Fatalf("%d places for %d", len(places), goal)
		}
		rows := make(map[float32]int)
		for i, p := range places {
			rows[p.y]++
			if p.radius < 10 || p.x-p.radius < margin-1 || p.x+p.radius > 375-margin+1 || p.y-p.radius < headroom-1 || p.y+p.radius > 144-headroom+1 {
				t.Errorf("goal %d: the place %d at %+v leaves its margins", goal, i, p)
			}
			for _, q := range places[:i] {
				if d := math.Hypot(float64(p.x-q.x), float64(p.y-q.y)); d < 2.3*float64(p.radius) {
					t.Errorf("goal %d: places %+v and %+v are too close", goal, p, q)
				}
			}
		}
		least, most := goal, 0
		for _, n := range rows {
			least, most = min(least, n), max(most, n)
		}
		if want := rowsOf[goal]; want != 0 && len(rows) != want || most-least > 1 {
			t.Errorf("goal %d: rows of %d to %d places, %d of them", goal, least, most, len(rows))
		}
	}
}
