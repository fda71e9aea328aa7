package passjson

import (
	"encoding/json"
	"fmt"
	"image"
	"strings"
)

// An imageRule is what the table says of one image. Sizes are in points: one pixel each at 1x, two or three at @2x and @3x.
type imageRule struct {
	Points   *[2]int        `json:"points"` // nil where Apple states none
	Rule     string         `json:"rule"`   // begins with "exact" or "maximum"
	Archived archivedPoints `json:"archivedPoints"`
}

// archivedPoints is the size in Apple's archived guide, by style; "other" is that of every style not named.
type archivedPoints map[string][2]int

// UnmarshalJSON reads one size, or one by style.
func (a *archivedPoints) UnmarshalJSON(text []byte) error {
	var one [2]int
	if json.Unmarshal(text, &one) == nil {
		*a = archivedPoints{"other": one}
		return nil
	}
	return json.Unmarshal(text, (*map[string][2]int)(a))
}

// fault says what is wrong with the pixels of an image, or "". Both the size of today and the archived one are right.
func (r imageRule) fault(f imageFile, style string) string {
	if r.Points == nil {
		return ""
	}
	points := scaled(*r.Points, f.scale)
	if strings.HasPrefix(r.Rule, "maximum") {
		if f.size.X > points.X || f.size.Y > points.Y {
			return fmt.Sprintf("is scaled down; draw it within %dx%d", points.X, points.Y)
		}
		return ""
	}
	archived, ok := r.Archived[style]
	if !ok {
		archived, ok = r.Archived["other"]
	}
	if f.size == points || ok && f.size == scaled(archived, f.scale) || f.image == "thumbnail" && thumbnailFits(f.size, points) {
		return ""
	}
	return fmt.Sprintf("is scaled or cropped; draw it %dx%d", points.X, points.Y)
}

func scaled(points [2]int, scale int) image.Point { return image.Pt(points[0], points[1]).Mul(scale) }

// thumbnailFits reports an aspect from 2:3 to 3:2 within the limit, which the archived guide allows.
func thumbnailFits(size, limit image.Point) bool {
	return size.X <= limit.X && size.Y <= limit.Y && 3*size.X >= 2*size.Y && 3*size.Y >= 2*size.X
}
